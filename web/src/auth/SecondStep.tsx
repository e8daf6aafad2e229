import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { sessionQuery } from '../api/queries';
import { TotpSetup } from '../settings/TotpSetup';
import { AuthFrame } from './AuthFrame';
import { useSignOut } from './useSignOut';

export function SecondStep() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const signOut = useSignOut();
  const done = async () => {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await navigate({ to: '/', replace: true });
  };
  return (
    <AuthFrame
      title="Set up two-step sign-in"
      lead="This workspace asks everybody for a second step: a code of an authenticator app."
    >
      <div className="auth-form">
        <TotpSetup onDone={() => void done()} />
      </div>
      <div className="auth-links">
        <button type="button" className="link" onClick={() => signOut.mutate()}>
          Sign out
        </button>
      </div>
    </AuthFrame>
  );
}
