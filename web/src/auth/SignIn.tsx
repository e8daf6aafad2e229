import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { sessionQuery } from '../api/queries';
import { challengeOf, methodsQuery, providerErrorText } from '../api/security';
import { TextField } from '../ui/TextField';
import { AuthFrame } from './AuthFrame';

// Only a path of this page may be returned to: a link with another site in it goes nowhere.
export function safeReturnPath(path: string | undefined): string {
  return path && /^\/(?![/\\])/.test(path) ? path : '/';
}

function useSignedIn() {
  const { redirect } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const client = useQueryClient();
  return async () => {
    client.clear();
    await client.fetchQuery(sessionQuery);
    await navigate({ href: safeReturnPath(redirect), replace: true });
  };
}

export function SignIn() {
  const [challenge, setChallenge] = useState<string>();
  return challenge ? (
    <CodeStep challenge={challenge} onBack={() => setChallenge(undefined)} />
  ) : (
    <PasswordStep onChallenge={setChallenge} />
  );
}

function PasswordStep({ onChallenge }: { onChallenge: (challenge: string) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signedIn = useSignedIn();
  const signIn = useMutation({
    mutationFn: () => request('POST', '/auth/sign-in', { body: { email, password } }),
    onSuccess: signedIn,
    onError: (error) => {
      const challenge = challengeOf(error);
      if (challenge) onChallenge(challenge);
    },
  });
  const { byField, rest } = fieldErrors(signIn.error, ['email', 'password']);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };

  return (
    <AuthFrame title="Sign in" lead="Your accounts, deals and live numbers are one step away.">
      <form onSubmit={submit} className="auth-form" noValidate>
        <TextField
          label="Email"
          type="email"
          autoComplete="username"
          autoFocus
          required
          value={email}
          error={byField.email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          // A refusal names no field (saying which one was wrong would help a guesser), so it is
          // shown where the person types next.
          error={byField.password ?? (rest.join(' ') || undefined)}
          onChange={(event) => setPassword(event.target.value)}
        />
        <button type="submit" className="button primary" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <Providers />
    </AuthFrame>
  );
}

// Identity providers, and why one of them did not let the person in.
function Providers() {
  const { redirect, provider_error: failed } = useSearch({ from: '/sign-in' });
  const methods = useQuery(methodsQuery);
  const providers = methods.data?.providers ?? [];
  return (
    <>
      {failed && (
        <p className="notice bad auth-notice" role="alert">
          {providerErrorText(failed)}
        </p>
      )}
      {providers.length > 0 && (
        <div className="auth-providers">
          <span className="auth-or">or</span>
          {providers.map((provider) => (
            <a
              key={provider.name}
              className="button"
              href={`${provider.url}?return_to=${encodeURIComponent(safeReturnPath(redirect))}`}
            >
              Sign in with {provider.label}
            </a>
          ))}
        </div>
      )}
    </>
  );
}

function CodeStep({ challenge, onBack }: { challenge: string; onBack: () => void }) {
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState(false);
  const signedIn = useSignedIn();
  const signIn = useMutation({
    mutationFn: () => request('POST', '/auth/sign-in/code', { body: { challenge, code } }),
    onSuccess: signedIn,
  });
  const { byField, rest } = fieldErrors(signIn.error, ['code']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <AuthFrame
      title="One more step"
      lead={
        recovery
          ? 'Type one of the recovery codes you kept. Each is good once.'
          : 'Type the code that your authenticator app shows now.'
      }
    >
      <form onSubmit={submit} className="auth-form" noValidate>
        <TextField
          key={recovery ? 'recovery' : 'code'}
          label={recovery ? 'Recovery code' : 'Code'}
          autoComplete="one-time-code"
          inputMode={recovery ? 'text' : 'numeric'}
          autoFocus
          required
          value={code}
          error={byField.code ?? (rest.join(' ') || undefined)}
          onChange={(event) => setCode(event.target.value)}
        />
        <button
          type="submit"
          className="button primary"
          disabled={signIn.isPending || !code.trim()}
        >
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <div className="auth-links">
        <button
          type="button"
          className="link"
          onClick={() => {
            setRecovery(!recovery);
            setCode('');
            signIn.reset();
          }}
        >
          {recovery ? 'Use the authenticator app' : 'Use a recovery code'}
        </button>
        <button type="button" className="link" onClick={onBack}>
          Start over
        </button>
      </div>
    </AuthFrame>
  );
}
