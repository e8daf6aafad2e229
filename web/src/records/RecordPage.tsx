import * as Menu from '@radix-ui/react-dropdown-menu';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useMayMerge } from '../api/duplicates';
import { useDelete, useModel, useRecord, useRights, useSession } from '../api/queries';
import type { CrmRecord, ObjectModel } from '../api/types';
import { AskCard } from '../assistant/AskCard';
import { MergeDialog } from '../duplicates/MergeDialog';
import { formatAgo, formatField, formatInstant, titleOf } from '../model/format';
import { activityLink, factFields, relatedLists } from '../model/layout';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon, iconFor } from '../ui/Icon';
import { Empty, Failure, SkeletonLines } from '../ui/States';
import { useShortcuts } from '../ui/shortcuts';
import { useToast } from '../ui/Toasts';
import { usePageTitle } from '../ui/usePageTitle';
import { FieldText } from './Cell';
import { useEditor } from './Editor';
import { InlineFields } from './InlineFields';
import { type QuickKind, QuickLog } from './QuickLog';
import { RelatedCard } from './RelatedCard';
import { ConvertDialog, StepItems } from './StepMenu';
import { Timeline } from './Timeline';

// Related lists that people look for, and so find even when they are empty.
const expected = ['contact', 'opportunity', 'opportunity_line', 'quote_line'];

export function RecordPage() {
  const { plural, id } = useParams({ from: '/app/$plural/$id' });
  const object = useModel().find((candidate) => candidate.plural === plural);
  const record = useRecord(object, id);
  usePageTitle(object && record.data ? titleOf(object, record.data) : object?.label);
  if (!object) {
    return (
      <Empty icon="search" title="There is no such page">
        <span>“{plural}” is not an object of this workspace.</span>
      </Empty>
    );
  }
  if (record.isPending) {
    return (
      <div className="record-loading">
        <SkeletonLines count={9} label={`Loading ${object.label.toLowerCase()}`} />
      </div>
    );
  }
  if (record.isError && !record.data) {
    return <Failure error={record.error} onRetry={() => void record.refetch()} />;
  }
  return <LoadedRecord key={id} object={object} record={record.data} />;
}

function LoadedRecord({ object, record }: { object: ObjectModel; record: CrmRecord }) {
  const objects = useModel();
  const navigate = useNavigate();
  const editor = useEditor();
  const [quick, setQuick] = useState<QuickKind>();
  const mayEdit = useRights(object).update !== 'none';
  const link = activityLink(objects, object);
  const related = relatedLists(objects, object);
  const start = (kind: QuickKind) => link && editor.canWrite && setQuick(kind);
  useShortcuts({
    e: () => mayEdit && editor.edit(object, record),
    l: () => start('call'),
    t: () => start('task'),
    u: () => void navigate({ to: '/$plural', params: { plural: object.plural } }),
  });

  return (
    <div className="record-page">
      <RecordHead object={object} record={record} />
      <div className={related.length > 0 ? 'record-columns' : 'record-columns two'}>
        <section className="record-details" aria-label="Details">
          <InlineFields object={object} record={record} />
          <Provenance record={record} />
        </section>
        {related.length > 0 && (
          <div className="record-related">
            {related.map(({ object: other, field }) => (
              <RelatedCard
                key={`${other.name}-${field.name}`}
                object={other}
                field={field}
                owner={{ object, record }}
                prominent={field.name === `${object.name}_id` && expected.includes(other.name)}
              />
            ))}
            {object.name === 'account' && <AskCard account={titleOf(object, record)} />}
          </div>
        )}
        <section className="record-timeline" aria-label="Timeline">
          {link && editor.canWrite && (
            <QuickLog link={link} record={record} kind={quick} onKind={setQuick} />
          )}
          <Timeline object={object} record={record} link={link} />
        </section>
      </div>
    </div>
  );
}

function RecordHead({ object, record }: { object: ObjectModel; record: CrmRecord }) {
  const { workspace } = useSession();
  const editor = useEditor();
  const mayEdit = useRights(object).update !== 'none';
  const context = { currency: workspace.currency };
  return (
    <header className="record-head">
      <div className={`record-icon ${object.name}`}>
        <Icon name={iconFor(object.name)} size={20} />
      </div>
      <div className="record-title">
        <div className="record-crumb">
          <Link to="/$plural" params={{ plural: object.plural }}>
            {object.label_plural}
          </Link>
        </div>
        <h1>{titleOf(object, record)}</h1>
      </div>
      <dl className="facts">
        {factFields(object)
          .filter((field) => formatField(field, record, context) !== '')
          .map((field) => (
            <div key={field.name}>
              <dt>{field.label}</dt>
              <dd className="numeric">
                <FieldText field={field} record={record} context={{ ...context, whole: true }} />
              </dd>
            </div>
          ))}
      </dl>
      {editor.canWrite && (
        <div className="record-actions">
          {mayEdit && (
            <button type="button" className="button" onClick={() => editor.edit(object, record)}>
              <Icon name="edit" /> Edit
            </button>
          )}
          <MoreMenu object={object} record={record} />
        </div>
      )}
    </header>
  );
}

function MoreMenu({ object, record }: { object: ObjectModel; record: CrmRecord }) {
  const [confirming, setConfirming] = useState(false);
  const [converting, setConverting] = useState(false);
  const [merging, setMerging] = useState(false);
  const mayMerge = useMayMerge(object);
  const mayDelete = useRights(object).delete !== 'none';
  const [failed, setFailed] = useState<string>();
  const remove = useDelete();
  const navigate = useNavigate();
  const toast = useToast();
  const title = titleOf(object, record);
  const confirm = () =>
    remove.mutate(
      { object, record },
      {
        onSuccess: () => {
          toast(`${title} deleted`);
          void navigate({ to: '/$plural', params: { plural: object.plural } });
        },
      },
    );
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="button icon-only" aria-label="More actions">
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Content className="menu" align="end" sideOffset={6}>
            <StepItems
              object={object}
              record={record}
              onConvert={() => setConverting(true)}
              onError={setFailed}
            />
            <Menu.Item
              className="menu-item"
              onSelect={() => void navigator.clipboard?.writeText(window.location.href)}
            >
              <Icon name="link" /> Copy link
            </Menu.Item>
            {mayMerge && (
              <Menu.Item className="menu-item" onSelect={() => setMerging(true)}>
                <Icon name="copy" /> Merge with…
              </Menu.Item>
            )}
            {mayDelete && (
              <>
                <Menu.Separator className="menu-separator" />
                <Menu.Item className="menu-item danger" onSelect={() => setConfirming(true)}>
                  <Icon name="trash" /> Delete {object.label.toLowerCase()}
                </Menu.Item>
              </>
            )}
          </Menu.Content>
        </Menu.Portal>
      </Menu.Root>
      <ConvertDialog
        object={object}
        record={record}
        open={converting}
        onClose={() => setConverting(false)}
      />
      <MergeDialog
        object={object}
        ids={[record.id]}
        open={merging}
        onClose={() => setMerging(false)}
        onMerged={(winner) => {
          setMerging(false);
          void navigate({ to: '/$plural/$id', params: { plural: object.plural, id: winner.id } });
        }}
      />
      <Dialog
        small
        title="That did not work"
        open={failed !== undefined}
        onClose={() => setFailed(undefined)}
      >
        <div className="dialog-body">
          <p role="alert">{failed}</p>
        </div>
      </Dialog>
      <Confirm
        title={`Delete ${title}?`}
        detail={`The ${object.label.toLowerCase()} disappears from every list, report and shared table. It can be restored from the trash for 30 days.`}
        action="Delete"
        open={confirming}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={confirm}
        onClose={() => {
          setConfirming(false);
          remove.reset();
        }}
      />
    </>
  );
}

function Provenance({ record }: { record: CrmRecord }) {
  const now = new Date();
  return (
    <p className="provenance">
      <span title={formatInstant(record.updated_at)}>
        Changed {formatAgo(record.updated_at, now)}
        {by(record, 'updated_by')}
      </span>
      {' · '}
      <span title={formatInstant(record.created_at)}>
        created {formatAgo(record.created_at, now)}
        {by(record, 'created_by')}
      </span>
      {' · '}version {record.version}
    </p>
  );
}

function by(record: CrmRecord, field: string): string {
  const person = record.expanded?.[field];
  return person ? ` by ${person.title}` : '';
}
