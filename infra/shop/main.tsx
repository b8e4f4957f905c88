import { render } from 'preact';
import * as z from 'zod';
import { Shop } from './shop.tsx';

// The page's own security policy allows no code that is made at run time.
z.config({ jitless: true });

const app = document.getElementById('app');
if (app !== null) render(<Shop />, app);
