import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { sessionQuery } from '../api/queries';
import { TextField } from '../ui/TextField';
import { AuthFrame } from './AuthFrame';

// Only a path of this page may be returned to: a link with another site in it goes nowhere.
export function safeReturnPath(path: string | undefined): string {
  return path && /^\/(?![/\\])/.test(path) ? path : '/';
}

export function SignIn() {
  const { redirect } = useSearch({ from: '/sign-in' });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const navigate = useNavigate();
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: () => request('POST', '/auth/sign-in', { body: { email, password } }),
    onSuccess: async () => {
      client.clear();
      await client.fetchQuery(sessionQuery);
      await navigate({ href: safeReturnPath(redirect), replace: true });
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
    </AuthFrame>
  );
}
