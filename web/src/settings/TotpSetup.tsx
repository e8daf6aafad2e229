import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { totpQuery } from '../api/security';
import { Icon } from '../ui/Icon';
import { TextField } from '../ui/TextField';
import { QrCode } from './QrCode';

interface Enrolment {
  secret: string;
  uri: string;
}

// Password, then the app's QR code and a first code of it, then the recovery codes.
export function TotpSetup({ onDone }: { onDone: () => void }) {
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (enrolment) return <Scan enrolment={enrolment} onCodes={setCodes} />;
  return <Begin onEnrolment={setEnrolment} />;
}

function Begin({ onEnrolment }: { onEnrolment: (enrolment: Enrolment) => void }) {
  const state = useQuery(totpQuery);
  const [password, setPassword] = useState('');
  const begin = useMutation({
    mutationFn: () =>
      request<Enrolment>('POST', '/auth/totp', { body: password ? { password } : {} }),
    onSuccess: onEnrolment,
  });
  const { byField, rest } = fieldErrors(begin.error, ['password']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <form onSubmit={submit} className="security-form" noValidate>
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
      {rest.length > 0 && (
        <p className="field-error" role="alert">
          {rest.join(' ')}
        </p>
      )}
      <button type="submit" className="button primary" disabled={begin.isPending}>
        Go on
      </button>
    </form>
  );
}

function Scan({
  enrolment,
  onCodes,
}: {
  enrolment: Enrolment;
  onCodes: (codes: string[]) => void;
}) {
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () =>
      request<{ recovery_codes: string[] }>('POST', '/auth/totp/confirm', { body: { code } }),
    onSuccess: (answer) => onCodes(answer.recovery_codes),
  });
  const { byField, rest } = fieldErrors(confirm.error, ['code']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit} className="security-form" noValidate>
      <p>Scan this with an authenticator app, then type the code it shows.</p>
      <div className="qr-row">
        <QrCode text={enrolment.uri} label="QR code for an authenticator app" />
        <div>
          <span className="muted">No camera? Type this key:</span>
          <code className="totp-secret">{enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        </div>
      </div>
      <TextField
        label="Code"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        autoFocus
        value={code}
        error={byField.code ?? (rest.join(' ') || undefined)}
        onChange={(event) => setCode(event.target.value)}
      />
      <button
        type="submit"
        className="button primary"
        disabled={confirm.isPending || code.trim() === ''}
      >
        Turn on two-step sign-in
      </button>
    </form>
  );
}

export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(codes.join('\n'));
    setCopied(true);
  };
  return (
    <div className="security-form">
      <p>
        Keep these recovery codes somewhere safe. Each opens your account once when the app is not
        at hand. They are not shown again.
      </p>
      <ul className="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="button-row">
        <button type="button" className="button" onClick={() => void copy()}>
          <Icon name={copied ? 'check' : 'copy'} size={14} /> {copied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button primary" onClick={onDone}>
          I have kept them
        </button>
      </div>
    </div>
  );
}
