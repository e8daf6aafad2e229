import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { sessionQuery } from '../api/queries';
import { Icon } from '../ui/Icon';
import { TextField } from '../ui/TextField';
import { AuthFrame } from './AuthFrame';

const fieldNames = ['workspace', 'name', 'email', 'password'] as const;
type Values = Record<(typeof fieldNames)[number], string>;

export function Setup() {
  const { token } = useSearch({ from: '/setup' });
  const needed = useQuery({
    queryKey: ['setup'],
    queryFn: () => request<{ needed: boolean }>('GET', '/setup'),
  });
  const [values, setValues] = useState<Values>({
    workspace: '',
    name: '',
    email: '',
    password: '',
  });
  const navigate = useNavigate();
  const client = useQueryClient();
  const setup = useMutation({
    mutationFn: () => request('POST', '/setup', { body: { token: token ?? '', ...values } }),
    onSuccess: async () => {
      client.clear();
      await client.fetchQuery(sessionQuery);
      await navigate({ to: '/', replace: true });
    },
  });
  const { byField, rest } = fieldErrors(setup.error, fieldNames);

  if (needed.data && !needed.data.needed) {
    return (
      <AuthFrame title="Already set up" lead="This Boathouse has a workspace and its first user.">
        <Link to="/sign-in" className="button primary">
          Sign in
        </Link>
      </AuthFrame>
    );
  }

  const field = (name: keyof Values) => ({
    name,
    value: values[name],
    error: byField[name],
    required: true,
    onChange: (event: { target: { value: string } }) =>
      setValues((before) => ({ ...before, [name]: event.target.value })),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setup.mutate();
  };

  return (
    <AuthFrame
      title="Set up your workspace"
      lead="You become its first administrator. Everyone else is invited later."
    >
      <form onSubmit={submit} className="auth-form" noValidate>
        {!token && (
          <div className="notice warm">
            <Icon name="alert" />
            <span>
              This address has no set-up token. Open the link that the server printed when it
              started.
            </span>
          </div>
        )}
        <TextField
          label="Workspace"
          autoFocus
          placeholder="Cleveland Supply"
          {...field('workspace')}
        />
        <TextField label="Your name" autoComplete="name" {...field('name')} />
        <TextField label="Email" type="email" autoComplete="username" {...field('email')} />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          hint="A long sentence beats a short riddle."
          {...field('password')}
        />
        {rest.length > 0 && (
          <div className="notice bad" role="alert">
            <Icon name="alert" />
            <span>{rest.join(' ')}</span>
          </div>
        )}
        <button type="submit" className="button primary" disabled={setup.isPending}>
          {setup.isPending ? 'Setting up…' : 'Create workspace'}
        </button>
      </form>
    </AuthFrame>
  );
}
