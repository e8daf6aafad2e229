import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request, withQuery } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useSession } from '../api/queries';
import type { UserSecurity } from '../api/security';
import type { RecordPage, User } from '../api/types';
import { Dialog } from '../ui/Dialog';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { useDebounced } from '../ui/useDebounced';
import { SessionLine } from './SecurityCards';

const shownMax = 20;

// How others sign in, for administrators: whoever lost an app, a laptop or a password is helped here.
export function PeopleCard() {
  const { user: self } = useSession();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<User>();
  const q = useDebounced(text, 200);
  const people = useQuery({
    queryKey: ['records', 'users', 'security', q],
    queryFn: () =>
      request<RecordPage>('GET', withQuery('/users', { q, order_by: 'name', page_size: shownMax })),
  });
  const others = ((people.data?.items ?? []) as unknown as User[]).filter(
    (user) => user.id !== self.id,
  );
  return (
    <section className="card" aria-labelledby="settings-people">
      <div className="card-head">
        <h2 id="settings-people" className="grow">
          How people sign in
        </h2>
        <input
          type="search"
          className="input small people-search"
          placeholder="Find somebody"
          aria-label="Find somebody"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {people.isPending && <SkeletonLines count={2} label="Loading people" />}
      {people.isError && <Failure error={people.error} onRetry={() => void people.refetch()} />}
      {people.data && others.length === 0 && (
        <p className="muted card-text">
          {q ? 'Nobody is called that.' : 'There is nobody else yet.'}
        </p>
      )}
      <ul className="endpoints">
        {others.map((user) => (
          <li key={user.id}>
            <div className="grow">
              <strong>{user.name}</strong>
              <div className="muted">{user.email}</div>
            </div>
            <button
              type="button"
              className="button small"
              aria-label={`Security of ${user.name}`}
              onClick={() => setChosen(user)}
            >
              Security
            </button>
          </li>
        ))}
      </ul>
      <Dialog
        title={chosen ? `How ${chosen.name} signs in` : ''}
        open={chosen !== undefined}
        onClose={() => setChosen(undefined)}
      >
        {chosen && <UserSecurityBody user={chosen} />}
      </Dialog>
    </section>
  );
}

function UserSecurityBody({ user }: { user: User }) {
  const client = useQueryClient();
  const path = `/auth/users/${user.id}`;
  const key = ['security', 'user', user.id];
  const state = useQuery({
    queryKey: key,
    queryFn: () => request<UserSecurity>('GET', `${path}/security`),
  });
  const act = useMutation({
    mutationFn: (what: 'totp' | 'sessions') => request('DELETE', `${path}/${what}`),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  if (state.isPending) {
    return (
      <div className="dialog-body">
        <SkeletonLines count={3} label="Loading" />
      </div>
    );
  }
  if (state.isError) return <Failure error={state.error} onRetry={() => void state.refetch()} />;
  const { totp_enabled: totp, sessions, has_password: hasPassword } = state.data;
  return (
    <div className="dialog-body security-form">
      <div className="security-line">
        <span className="grow">
          Two-step sign-in <Badge tone={totp ? 'good' : 'neutral'}>{totp ? 'On' : 'Off'}</Badge>
        </span>
        {totp && (
          <button
            type="button"
            className="button small danger"
            disabled={act.isPending}
            onClick={() => act.mutate('totp')}
          >
            Reset
          </button>
        )}
      </div>
      <div className="security-line">
        <span className="grow">
          {sessions.length === 0
            ? 'Signed in nowhere'
            : `Signed in ${sessions.length === 1 ? 'once' : `${sessions.length} times`}`}
        </span>
        {sessions.length > 0 && (
          <button
            type="button"
            className="button small"
            disabled={act.isPending}
            onClick={() => act.mutate('sessions')}
          >
            End all
          </button>
        )}
      </div>
      {sessions.map((session) => (
        <SessionLine key={session.id} session={session} />
      ))}
      {act.isError && (
        <p className="field-error" role="alert">
          {act.error.message}
        </p>
      )}
      <NewPassword
        path={path}
        hasPassword={hasPassword}
        onDone={() => void client.invalidateQueries({ queryKey: key })}
      />
    </div>
  );
}

function NewPassword({
  path,
  hasPassword,
  onDone,
}: {
  path: string;
  hasPassword: boolean;
  onDone: () => void;
}) {
  const [password, setPassword] = useState('');
  const set = useMutation({
    mutationFn: () => request('POST', `${path}/password`, { body: { password } }),
    onSuccess: () => {
      setPassword('');
      onDone();
    },
  });
  const { byField, rest } = fieldErrors(set.error, ['password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  return (
    <form onSubmit={submit} className="security-line end" noValidate>
      <div className="grow">
        <TextField
          label={hasPassword ? 'New password' : 'First password'}
          type="password"
          autoComplete="new-password"
          hint={set.isSuccess ? 'Set. The sessions have ended.' : 'Ends the sessions.'}
          value={password}
          error={byField.password ?? (rest.join(' ') || undefined)}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
      <button type="submit" className="button" disabled={set.isPending || password === ''}>
        Set password
      </button>
    </form>
  );
}
