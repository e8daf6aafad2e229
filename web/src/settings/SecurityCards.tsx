import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { agentName, type SessionInfo, sessionsQuery, totpQuery } from '../api/security';
import { formatAgo, formatInstant } from '../model/format';
import { Confirm, Dialog } from '../ui/Dialog';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { useToast } from '../ui/Toasts';
import { RecoveryCodes, TotpSetup } from './TotpSetup';

export function PasswordCard() {
  const [open, setOpen] = useState(false);
  const totp = useQuery(totpQuery);
  if (totp.data && !totp.data.has_password) return null;
  return (
    <section className="card" aria-labelledby="settings-password">
      <div className="card-head">
        <h2 id="settings-password" className="grow">
          Password
        </h2>
        <button type="button" className="button small" onClick={() => setOpen(true)}>
          Change password
        </button>
      </div>
      <Dialog title="Change password" small open={open} onClose={() => setOpen(false)}>
        <PasswordForm onDone={() => setOpen(false)} />
      </Dialog>
    </section>
  );
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const client = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: () =>
      request('POST', '/auth/password', { body: { current_password: current, password } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      toast('Password changed. Your other sessions have ended.');
      onDone();
    },
  });
  const { byField, rest } = fieldErrors(change.error, ['current_password', 'password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="Present password"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          error={byField.current_password}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          hint="At least 10 characters. Your other sessions end."
          value={password}
          error={byField.password ?? (rest.join(' ') || undefined)}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={change.isPending}>
          Change password
        </button>
      </footer>
    </form>
  );
}

type TotpDialog = 'setup' | 'codes' | 'off';

export function TotpCard() {
  const state = useQuery(totpQuery);
  const client = useQueryClient();
  const [dialog, setDialog] = useState<TotpDialog>();
  const close = () => {
    setDialog(undefined);
    void client.invalidateQueries({ queryKey: ['security'] });
  };
  const enabled = state.data?.enabled ?? false;
  return (
    <section className="card" aria-labelledby="settings-totp">
      <div className="card-head">
        <h2 id="settings-totp" className="grow">
          Two-step sign-in{' '}
          {state.data && (
            <Badge tone={enabled ? 'good' : 'neutral'}>{enabled ? 'On' : 'Off'}</Badge>
          )}
        </h2>
        {enabled ? (
          <>
            <button type="button" className="button small" onClick={() => setDialog('codes')}>
              New recovery codes
            </button>
            <button type="button" className="button small danger" onClick={() => setDialog('off')}>
              Turn off
            </button>
          </>
        ) : (
          <button type="button" className="button small" onClick={() => setDialog('setup')}>
            Set up
          </button>
        )}
      </div>
      <div className="card-text">
        {state.isPending && <SkeletonLines count={1} label="Loading" />}
        {state.isError && <Failure error={state.error} onRetry={() => void state.refetch()} />}
        {state.data && !enabled && (
          <p className="muted">
            A code of an authenticator app, besides the password, keeps your account yours when
            somebody learns the password.
          </p>
        )}
        {state.data && enabled && (
          <p className="muted">
            Since {formatInstant(state.data.enabled_at ?? '')}.{' '}
            {state.data.recovery_codes_left === 0
              ? 'No recovery codes are left: make new ones.'
              : `${state.data.recovery_codes_left} recovery codes are left.`}
          </p>
        )}
      </div>
      <Dialog title="Two-step sign-in" small open={dialog === 'setup'} onClose={close}>
        <div className="dialog-body">
          <TotpSetup onDone={close} />
        </div>
      </Dialog>
      <Dialog title="New recovery codes" small open={dialog === 'codes'} onClose={close}>
        <NewCodes onDone={close} />
      </Dialog>
      <Dialog title="Turn off two-step sign-in" small open={dialog === 'off'} onClose={close}>
        <TurnOff onDone={close} />
      </Dialog>
    </section>
  );
}

function NewCodes({ onDone }: { onDone: () => void }) {
  const [codes, setCodes] = useState<string[]>();
  if (codes) {
    return (
      <div className="dialog-body">
        <RecoveryCodes codes={codes} onDone={onDone} />
      </div>
    );
  }
  return (
    <PasswordAndCode
      action="Make new codes"
      send={async (body) => {
        const answer = await request<{ recovery_codes: string[] }>(
          'POST',
          '/auth/totp/recovery-codes',
          { body },
        );
        setCodes(answer.recovery_codes);
      }}
    />
  );
}

function TurnOff({ onDone }: { onDone: () => void }) {
  return (
    <PasswordAndCode
      action="Turn off"
      send={async (body) => {
        await request('POST', '/auth/totp/disable', { body });
        onDone();
      }}
    />
  );
}

function PasswordAndCode({
  action,
  send,
}: {
  action: string;
  send: (body: { password?: string; code: string }) => Promise<void>;
}) {
  const state = useQuery(totpQuery);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const go = useMutation({
    mutationFn: () => send(password ? { password, code } : { code }),
  });
  const { byField, rest } = fieldErrors(go.error, ['password', 'code']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        {state.data?.has_password !== false && (
          <TextField
            label="Your password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            error={byField.password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
        <TextField
          label="Code of the app, or a recovery code"
          autoComplete="one-time-code"
          required
          value={code}
          error={byField.code ?? (rest.join(' ') || undefined)}
          onChange={(event) => setCode(event.target.value)}
        />
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={go.isPending}>
          {action}
        </button>
      </footer>
    </form>
  );
}

export function SessionsCard() {
  const sessions = useQuery(sessionsQuery);
  const client = useQueryClient();
  const [endingAll, setEndingAll] = useState(false);
  const refresh = () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const end = useMutation({
    mutationFn: (id: string) => request('DELETE', `/auth/sessions/${id}`),
    onSettled: refresh,
  });
  const endAll = useMutation({
    mutationFn: () => request('DELETE', '/auth/sessions'),
    onSuccess: async () => {
      setEndingAll(false);
      await refresh();
    },
  });
  const others = (sessions.data ?? []).filter((session) => !session.current);
  return (
    <section className="card" aria-labelledby="settings-sessions">
      <div className="card-head">
        <h2 id="settings-sessions" className="grow">
          Where you are signed in
        </h2>
        {others.length > 0 && (
          <button type="button" className="button small" onClick={() => setEndingAll(true)}>
            Sign out everywhere else
          </button>
        )}
      </div>
      {sessions.isPending && <SkeletonLines count={2} label="Loading sessions" />}
      {sessions.isError && (
        <Failure error={sessions.error} onRetry={() => void sessions.refetch()} />
      )}
      <ul className="endpoints">
        {sessions.data?.map((session) => (
          <li key={session.id}>
            <SessionLine session={session} />
            {session.current ? (
              <Badge tone="good">This one</Badge>
            ) : (
              <button
                type="button"
                className="button small"
                disabled={end.isPending}
                onClick={() => end.mutate(session.id)}
              >
                End
              </button>
            )}
          </li>
        ))}
      </ul>
      <Confirm
        title="Sign out everywhere else?"
        detail="Every other browser and device has to sign in again. API tokens stay."
        action="Sign out"
        open={endingAll}
        busy={endAll.isPending}
        error={endAll.error?.message}
        onConfirm={() => endAll.mutate()}
        onClose={() => setEndingAll(false)}
      />
    </section>
  );
}

export function methodText(method: string): string {
  const texts: Record<string, string> = {
    password: 'password',
    totp: 'password and code',
    recovery_code: 'password and recovery code',
    setup: 'set-up link',
  };
  return texts[method] ?? method.replace(/^oidc:/, '');
}

export function SessionLine({ session }: { session: SessionInfo }) {
  const used = session.last_used_at ?? session.created_at;
  const from = session.last_used_from ?? session.address;
  return (
    <div className="grow">
      <strong title={session.agent}>{agentName(session.agent)}</strong>
      <div className="muted">
        {from || 'unknown address'} · used {formatAgo(used, new Date())} · signed in{' '}
        {formatInstant(session.created_at)} by {methodText(session.method)}
      </div>
    </div>
  );
}
