export { handler } from '../table.ts';
