import { expect, it } from 'vitest';
import { Visitors } from '../../soak/visitors.ts';

/** A port that `fetch` refuses without a connection. */
const NOWHERE = 'http://127.0.0.1:1/';

it('visitors of a console that is gone can be stopped, twice', async () => {
  const visitors = new Visitors({ consoleUrl: NOWHERE });
  const visits = await visitors.stop();
  expect(visits.failed).toBe(visits.console + visits.searches);
  expect(await visitors.stop()).toEqual(visits);
});
