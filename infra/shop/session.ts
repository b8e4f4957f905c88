import { useCallback, useState } from 'preact/hooks';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { connectBy } from '../console/data/api.ts';
import { addressOf, replaceAddress } from '../console/data/route.ts';

/** Who uses the page, by the token that they pasted. */
interface Session {
  readonly userId: string;
  readonly token: string;
}

/** The tab keeps the token until it is closed, so that the page can be reloaded. */
const KEPT_AS = 'shop-token';
const PREFIX = '/shop/api';

/** The claims that the page reads. The API alone verifies the token. See https://www.rfc-editor.org/rfc/rfc7519#section-4.1. */
const Claims = z.object({ sub: z.string().min(1), exp: z.number().optional() });

export const NOT_A_TOKEN = 'This is not a token: it must have three parts with a dot between them.';
export const EXPIRED = 'Your token has expired. Sign in with a new one.';

/** Who is signed in, or why it is no one. */
export interface SignIn {
  readonly session: Session | undefined;
  /** Why the last session ended, or did not begin. */
  readonly reason: string;
  readonly signIn: (text: string) => void;
  readonly signOut: (reason?: string) => void;
}

export function useSignIn(): SignIn {
  const [state, setState] = useState(() => {
    const kept = sessionStorage.getItem(KEPT_AS) ?? '';
    const begun = begin(kept, end);
    if (kept !== '' && begun.session === undefined) leaveAddress();
    return begun;
  });
  function end(reason = ''): void {
    sessionStorage.removeItem(KEPT_AS);
    connectBy({ prefix: PREFIX });
    leaveAddress();
    setState({ session: undefined, reason });
  }
  const signIn = useCallback((text: string) => setState(begin(text, end)), []);
  const signOut = useCallback(end, []);
  return { ...state, signIn, signOut };
}

/** The next user shall not begin with what the last one searched for. Of a page's history, only the present entry can be replaced. */
const leaveAddress = (): void => replaceAddress(addressOf(['products']));

/** Has the requests made with a token, if it is one that can still be used. */
function begin(
  text: string,
  end: (reason: string) => void,
): { readonly session: Session | undefined; readonly reason: string } {
  sessionStorage.removeItem(KEPT_AS);
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (token === '') return { session: undefined, reason: '' };
  const claims = claimsOf(token);
  if (claims === undefined) return { session: undefined, reason: NOT_A_TOKEN };
  if (claims.exp !== undefined && claims.exp * MS_PER_SECOND <= Date.now())
    return { session: undefined, reason: EXPIRED };
  sessionStorage.setItem(KEPT_AS, token);
  connectBy({
    prefix: PREFIX,
    token,
    refused: () => end('The shop does not accept your token: it may have expired. Sign in with a new one.'),
  });
  return { session: { userId: claims.sub, token }, reason: '' };
}

function claimsOf(token: string): z.infer<typeof Claims> | undefined {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    return read(Claims, JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}
