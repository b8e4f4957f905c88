export { handler } from '../operators.ts';
