import type { Lookalike } from '../api/lookalikes';
import type { ObjectModel } from '../api/types';
import { Icon } from '../ui/Icon';
import { Names } from './Names';

interface BlockedNoticeProps {
  object: ObjectModel;
  lookalikes: Lookalike[];
  busy: boolean;
  onInsist: () => void;
}

// Why a record was not created, and the way to create it all the same.
export function BlockedNotice({ object, lookalikes, busy, onInsist }: BlockedNoticeProps) {
  return (
    <div className="notice warm" role="alert">
      <Icon name="copy" />
      <div>
        <strong>Not created.</strong> This {object.label.toLowerCase()} looks like{' '}
        <Names object={object} lookalikes={lookalikes} newTab max={4} />.
        <div className="notice-actions">
          <button type="button" className="button small" disabled={busy} onClick={onInsist}>
            Create it all the same
          </button>
        </div>
      </div>
    </div>
  );
}
