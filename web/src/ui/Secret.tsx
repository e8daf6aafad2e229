import { useState } from 'react';
import { Icon } from './Icon';

// Something that is told once: shown whole, to be copied, until it was.
export function Secret({
  text,
  value,
  onDone,
}: {
  text: string;
  value: string;
  onDone: () => void;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(value);
    setCopied(true);
  };
  return (
    <>
      <div className="dialog-body security-form">
        <p>{text}</p>
        <code className="token-secret">{value}</code>
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={() => void copy()}>
          <Icon name={copied ? 'check' : 'copy'} size={14} /> {copied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button primary" onClick={onDone}>
          Done
        </button>
      </footer>
    </>
  );
}
