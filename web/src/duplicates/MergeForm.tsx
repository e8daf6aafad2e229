import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { request, withQuery } from '../api/client';
import { type Duplicate, useDuplicates, useMerge } from '../api/duplicates';
import { faultsOf } from '../api/faults';
import { useSession } from '../api/queries';
import type { CrmRecord, Field, ObjectModel } from '../api/types';
import { formatAgo, formatField, titleOf } from '../model/format';
import { expandList } from '../model/layout';
import { RelationPicker } from '../records/RelationPicker';
import { Icon } from '../ui/Icon';
import { Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import type { MergeProps } from './MergeDialog';
import { chosenFields, compare, inOrder, isEmpty, ownChoice } from './mergeChoice';
import '../styles/merge.css';

// Puts records side by side: which of them stays, and whose value each field keeps.
export default function MergeForm({ object, ids: first, onMerged, onClose }: MergeProps) {
  const [ids, setIds] = useState<readonly string[]>(first);
  const records = useRecords(object, ids);
  return (
    <div className="dialog-form">
      {records.isPending && (
        <div className="dialog-body">
          <SkeletonLines count={4} label="Loading the records" />
        </div>
      )}
      {records.isError && <Failure error={records.error} onRetry={() => void records.refetch()} />}
      {records.data && (
        <Compared
          object={object}
          records={records.data}
          onAdd={(...added) => setIds([...ids, ...added])}
          onTakeOut={(id) => setIds(ids.filter((each) => each !== id))}
          onMerged={onMerged}
          onClose={onClose}
        />
      )}
    </div>
  );
}

function useRecords(object: ObjectModel, ids: readonly string[]) {
  return useQuery({
    queryKey: ['records', object.plural, 'merge', ids],
    queryFn: ({ signal }) =>
      Promise.all(
        ids.map((id) =>
          request<CrmRecord>(
            'GET',
            withQuery(`/${object.plural}/${id}`, { expand: expandList(object.fields) }),
            { signal },
          ),
        ),
      ),
    placeholderData: (before) => before,
  });
}

interface ComparedProps {
  object: ObjectModel;
  records: CrmRecord[];
  onAdd: (...added: string[]) => void;
  onTakeOut: (id: string) => void;
  onMerged: (winner: CrmRecord) => void;
  onClose: () => void;
}

function Compared({ object, records, onAdd, onTakeOut, onMerged, onClose }: ComparedProps) {
  const [kept, setKept] = useState('');
  const [choices, setChoices] = useState<Record<string, string>>({});
  const toast = useToast();
  const merge = useMerge(object);
  const winner = records.some((record) => record.id === kept) ? kept : (records[0]?.id ?? '');
  const from = inOrder(records, winner)
    .slice(1)
    .map((record) => record.id);
  const { differing, same } = compare(object, records);
  const { at, rest } = faultsOf(merge.error, [
    ...differing.map((field) => `/fields/${field.name}`),
    ...from.map((_, index) => `/from/${index}`),
  ]);
  const submit = () => {
    if (merge.isPending || from.length === 0) return;
    merge.mutate(
      { winner, from, fields: chosenFields(object, records, winner, choices) },
      {
        onSuccess: (merged) => {
          const params = { plural: object.plural, id: merged.id };
          toast(
            <>
              {from.length + 1} {object.label_plural.toLowerCase()} are one now
              <Link to="/$plural/$id" params={params}>
                {titleOf(object, merged)}
              </Link>
            </>,
          );
          onMerged(merged);
        },
      },
    );
  };
  return (
    // No form: Enter in the search for another record must not merge.
    <>
      <div className="dialog-body merge-body">
        <AddRecord object={object} records={records} onAdd={onAdd} />
        {records.length > 1 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          <section className="merge-scroll" aria-label="Side by side" tabIndex={0}>
            <table className="merge">
              <thead>
                <tr>
                  <th scope="col">Which one stays</th>
                  {records.map((record) => (
                    <RecordHead
                      key={record.id}
                      object={object}
                      record={record}
                      kept={record.id === winner}
                      fault={at[`/from/${from.indexOf(record.id)}`]}
                      onKeep={() => setKept(record.id)}
                      onTakeOut={records.length > 2 ? () => onTakeOut(record.id) : undefined}
                    />
                  ))}
                </tr>
              </thead>
              <tbody>
                {differing.map((field) => (
                  <FieldRow
                    key={field.name}
                    object={object}
                    field={field}
                    records={records}
                    chosen={chosenId(field, records, winner, choices)}
                    fault={at[`/fields/${field.name}`]}
                    onChoose={(id) => setChoices({ ...choices, [field.name]: id })}
                  />
                ))}
              </tbody>
            </table>
          </section>
        )}
        {records.length > 1 && (
          <Outcome object={object} records={records} winner={winner} same={same} />
        )}
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="button primary"
          disabled={merge.isPending || from.length === 0}
          onClick={submit}
        >
          {merge.isPending ? 'Merging…' : 'Merge into one'}
        </button>
      </footer>
    </>
  );
}

function chosenId(
  field: Field,
  records: readonly CrmRecord[],
  winner: string,
  choices: Readonly<Record<string, string>>,
): string {
  const chosen = choices[field.name];
  return chosen && records.some((record) => record.id === chosen)
    ? chosen
    : ownChoice(field, records, winner);
}

interface RecordHeadProps {
  object: ObjectModel;
  record: CrmRecord;
  kept: boolean;
  fault: string | undefined;
  onKeep: () => void;
  onTakeOut?: () => void;
}

function RecordHead({ object, record, kept, fault, onKeep, onTakeOut }: RecordHeadProps) {
  const title = titleOf(object, record);
  return (
    <th scope="col" className={kept ? 'kept' : undefined}>
      <div className="merge-head">
        <label className="grow">
          <input type="radio" name="merge-kept" autoFocus={kept} checked={kept} onChange={onKeep} />{' '}
          {title}
        </label>
        {onTakeOut && (
          <button
            type="button"
            className="button quiet icon-only small"
            aria-label={`Leave ${title} out`}
            title="Leave it out"
            onClick={onTakeOut}
          >
            <Icon name="close" size={12} />
          </button>
        )}
      </div>
      <div className="muted merge-age">created {formatAgo(record.created_at, new Date())}</div>
      {fault && (
        <div className="field-error" role="alert">
          {fault}
        </div>
      )}
    </th>
  );
}

interface FieldRowProps {
  object: ObjectModel;
  field: Field;
  records: readonly CrmRecord[];
  chosen: string;
  fault: string | undefined;
  onChoose: (id: string) => void;
}

function FieldRow({ object, field, records, chosen, fault, onChoose }: FieldRowProps) {
  const id = useId();
  const { currency } = useSession().workspace;
  return (
    <tr>
      <th scope="row">
        {field.label}
        {fault && (
          <div id={id} className="field-error" role="alert">
            {fault}
          </div>
        )}
      </th>
      {records.map((record) => {
        const text = isEmpty(record[field.name])
          ? 'empty'
          : formatField(field, record, { currency });
        return (
          <td key={record.id} className={record.id === chosen ? 'chosen' : undefined}>
            <label>
              <input
                type="radio"
                name={`merge-${field.name}`}
                aria-label={`${field.label}: ${text}, of ${titleOf(object, record)}`}
                aria-describedby={fault ? id : undefined}
                checked={record.id === chosen}
                onChange={() => onChoose(record.id)}
              />
              <span className={isEmpty(record[field.name]) ? 'muted' : 'merge-value'}>{text}</span>
            </label>
          </td>
        );
      })}
    </tr>
  );
}

interface OutcomeProps {
  object: ObjectModel;
  records: readonly CrmRecord[];
  winner: string;
  same: readonly Field[];
}

function Outcome({ object, records, winner, same }: OutcomeProps) {
  const { currency } = useSession().workspace;
  const [stays, ...others] = inOrder(records, winner);
  if (!stays) return null;
  return (
    <>
      <p>
        <strong>{titleOf(object, stays)}</strong> stays.{' '}
        {others.length === 1 ? 'The other one is' : 'The others are'} deleted, and whatever pointed
        to {others.length === 1 ? 'it' : 'them'} points to the one that stays. Fields of several
        values, such as tags, are united.
      </p>
      {same.length > 0 && (
        <details className="merge-same">
          <summary>
            {same.length === 1 ? 'One field is' : `${same.length} fields are`} the same in all
          </summary>
          <dl>
            {same.map((field) => (
              <div key={field.name}>
                <dt>{field.label}</dt>
                <dd>{formatField(field, stays, { currency })}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

const offeredMax = 5;

interface AddRecordProps {
  object: ObjectModel;
  records: readonly CrmRecord[];
  onAdd: (...ids: string[]) => void;
}

// What the rules take for the same as the first record, to be added by one key; and a search for others.
function AddRecord({ object, records, onAdd }: AddRecordProps) {
  const id = useId();
  const duplicates = useDuplicates(object, records[0]?.id).data ?? [];
  const offered = duplicates.filter(
    (each) => each.id !== null && !records.some((record) => record.id === each.id),
  );
  // The button that was pressed goes away; the keyboard goes on at the search.
  const add = (some: readonly Duplicate[]) => {
    onAdd(...some.flatMap((each) => (each.id === null ? [] : [each.id])));
    document.getElementById(id)?.focus();
  };
  const field: Field = {
    name: 'merge',
    label: object.label,
    type: 'relation',
    relation: { object: object.name },
    required: false,
    unique: false,
    read_only: false,
    searchable: false,
  };
  return (
    <div className="merge-add">
      {records.length === 1 && records[0] && (
        <p className="merge-with">
          Merge <strong>{titleOf(object, records[0])}</strong> with which{' '}
          {object.label.toLowerCase()}?
        </p>
      )}
      {offered.slice(0, offeredMax).map((each) => (
        <button key={each.id} type="button" className="button small" onClick={() => add([each])}>
          <Icon name="plus" size={13} /> {each.title}
          <span className="muted">looks the same</span>
        </button>
      ))}
      {offered.length > 1 && (
        <button type="button" className="button small" onClick={() => add(offered)}>
          <Icon name="plus" size={13} /> All {offered.length} that look the same
        </button>
      )}
      <div className="field">
        <label htmlFor={id}>{records.length > 1 ? 'Add another' : 'One with the name'}</label>
        <RelationPicker
          field={field}
          id={id}
          value={null}
          autoFocus={records.length === 1}
          onChange={(value) => {
            if (typeof value === 'string' && !records.some((record) => record.id === value)) {
              onAdd(value);
            }
          }}
        />
      </div>
    </div>
  );
}
