import { useState } from 'preact/hooks';

/** Asks for a token. The page keeps it in this tab alone, and sends it to no one but the API. */
export function SignInForm({
  reason,
  signIn,
}: {
  readonly reason: string;
  readonly signIn: (text: string) => void;
}) {
  const [text, setText] = useState('');
  return (
    <section class="card sign-in" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in to the shop</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(text);
          setText('');
        }}
      >
        <label>
          <span>Your token</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      {reason !== '' && (
        <p class="failure" role="alert">
          {reason}
        </p>
      )}
      <p class="muted">
        This tab keeps the token until you sign out or close it. On a local system,{' '}
        <code>npm run -s token -- --sub USER</code> prints one.
      </p>
    </section>
  );
}
