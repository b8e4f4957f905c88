import { render } from 'preact';
import * as z from 'zod';
import { Shell } from './frame/shell.tsx';

// The page's own security policy allows no code that is made at run time.
z.config({ jitless: true });

const app = document.getElementById('app');
if (app !== null) render(<Shell />, app);
