import { useState } from 'preact/hooks';
import { ApiError, api, wordsOf } from '../api.ts';
import { Logo } from '../ui/icon.tsx';
import { Field, Trouble } from '../ui/parts.tsx';

export function LoginPage({ done }: { done: () => void }) {
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState<string>();
  async function logIn(event: Event): Promise<void> {
    event.preventDefault();
    try {
      await api('POST', '/login', { token });
      done();
    } catch (error) {
      setTrouble(error instanceof ApiError && error.status === 401 ? 'That is not the token.' : wordsOf(error));
    }
  }
  return (
    <main class="login">
      <form class="card stack" onSubmit={logIn}>
        <div class="brand">
          <Logo />
          Tandem
        </div>
        <h1>Log in</h1>
        <Field label="Token" hint="ADMIN_TOKEN to act, VIEWER_TOKEN to look.">
          {(id) => (
            <input
              id={id}
              class="input"
              type="password"
              autocomplete="current-password"
              required
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          )}
        </Field>
        {trouble && <Trouble>{trouble}</Trouble>}
        <button type="submit" class="button primary">
          Log in
        </button>
      </form>
    </main>
  );
}
