export { handler } from '../search.ts';
