import * as Alert from '@radix-ui/react-alert-dialog';
import * as Radix from '@radix-ui/react-dialog';
import type { ReactNode } from 'react';
import { Icon } from './Icon';

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  small?: boolean;
  // For tables: as wide as the window lets it be, up to a limit.
  wide?: boolean;
  children: ReactNode;
}

export function Dialog({ title, open, onClose, small, wide, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="overlay" />
        <Radix.Content
          className={small ? 'dialog small' : wide ? 'dialog wide' : 'dialog'}
          aria-describedby={undefined}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <header className="dialog-head">
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <Radix.Close className="button quiet icon-only" aria-label="Close">
              <Icon name="close" />
            </Radix.Close>
          </header>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  title: string;
  detail: string;
  action: string;
  open: boolean;
  busy?: boolean;
  error?: string;
  onConfirm: () => void;
  onClose: () => void;
}

// Asks before something is destroyed. Stays open while the action runs, and to say why it failed.
export function Confirm(props: ConfirmProps) {
  return (
    <Alert.Root open={props.open} onOpenChange={(next) => !next && props.onClose()}>
      <Alert.Portal>
        <Alert.Overlay className="overlay" />
        <Alert.Content className="dialog small">
          <header className="dialog-head">
            <Alert.Title asChild>
              <h2>{props.title}</h2>
            </Alert.Title>
          </header>
          <div className="dialog-body">
            <Alert.Description>{props.detail}</Alert.Description>
            {props.error && (
              <p className="field-error" role="alert">
                {props.error}
              </p>
            )}
          </div>
          <footer className="dialog-foot">
            <Alert.Cancel className="button">Cancel</Alert.Cancel>
            <button
              type="button"
              className="button danger solid"
              disabled={props.busy}
              onClick={props.onConfirm}
            >
              {props.action}
            </button>
          </footer>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  );
}
