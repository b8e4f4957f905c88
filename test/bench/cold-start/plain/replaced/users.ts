export { handler } from '../users.ts';
