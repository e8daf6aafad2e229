import { Link } from '@tanstack/react-router';
import { quote } from '../api/filter';
import { useRights, useSession, useShortList } from '../api/queries';
import type { CrmRecord, Field, ObjectModel } from '../api/types';
import { formatDecimal, titleOf } from '../model/format';
import { cardFields, expandList, firstOrder, isRightAligned, isWritable } from '../model/layout';
import { Icon, iconFor } from '../ui/Icon';
import { SkeletonLines } from '../ui/States';
import { FieldText } from './Cell';
import { type CreateOptions, useEditor } from './Editor';

interface RelatedCardProps {
  object: ObjectModel;
  field: Field;
  owner: { object: ObjectModel; record: CrmRecord };
  // Shown even when empty, because people expect it there (an account's contacts).
  prominent: boolean;
}

const shownRows = 6;

// The records of one object whose relation points at this one: the newest few, the count, a way to
// the whole list, and a way to add one.
export function RelatedCard({ object, field, owner, prominent }: RelatedCardProps) {
  const { workspace } = useSession();
  const editor = useEditor();
  const mayCreate = useRights(object).create;
  const fields = cardFields(object).filter((candidate) => candidate.name !== field.name);
  const list = useShortList(object, {
    filter: `${field.name} = ${quote(owner.record.id)}`,
    order_by: firstOrder(object),
    page_size: shownRows,
    expand: expandList(fields),
  });
  const items = list.data?.items ?? [];
  const total = list.data?.total_size ?? items.length;
  if (!prominent && items.length === 0) return null;
  const ownerTitle = titleOf(owner.object, owner.record);

  return (
    <section className="card related" aria-label={heading(object, field)}>
      <div className="card-head">
        <Icon name={iconFor(object.name)} />
        <h2>{heading(object, field)}</h2>
        <span className="count numeric">{list.data && formatDecimal(total)}</span>
        <span className="grow" />
        {mayCreate && isWritable(object) && (
          <button
            type="button"
            className="button quiet icon-only small"
            aria-label={`New ${object.label.toLowerCase()}`}
            title={`New ${object.label.toLowerCase()}`}
            onClick={() => editor.create(object, createOptions(field, owner, ownerTitle))}
          >
            <Icon name="plus" size={15} />
          </button>
        )}
      </div>
      {list.isPending ? (
        <SkeletonLines count={3} label="Loading" />
      ) : list.isError ? (
        <p className="related-empty field-error">{list.error.message}</p>
      ) : items.length === 0 ? (
        <p className="related-empty">None yet.</p>
      ) : (
        <table className="related-table">
          <thead className="visually-hidden">
            <tr>
              <th>{object.label}</th>
              {fields.map((column) => (
                <th key={column.name}>{column.label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map((record) => (
              <tr key={record.id}>
                <td>
                  <Link
                    to="/$plural/$id"
                    params={{ plural: object.plural, id: record.id }}
                    className="cell-title"
                  >
                    {titleOf(object, record)}
                  </Link>
                </td>
                {fields.map((column) => (
                  <td key={column.name} className={isRightAligned(column) ? 'right' : undefined}>
                    <FieldText
                      field={column}
                      record={record}
                      context={{ currency: workspace.currency, whole: true }}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {total > items.length && (
        <Link
          className="related-all"
          to="/$plural"
          params={{ plural: object.plural }}
          search={{
            where: [{ field: field.name, op: 'eq', value: owner.record.id, label: ownerTitle }],
          }}
        >
          All {formatDecimal(total)} {object.label_plural.toLowerCase()}
        </Link>
      )}
    </section>
  );
}

function heading(object: ObjectModel, field: Field): string {
  if (field.name === 'parent_id') return `Sub-${object.label_plural.toLowerCase()}`;
  if (field.name === 'owner_id') return `${object.label_plural} owned`;
  if (field.name === 'reports_to_id') return 'Direct reports';
  return object.label_plural;
}

// A new related record points back at this one, and a contact's new deal at the contact's account.
function createOptions(
  field: Field,
  owner: RelatedCardProps['owner'],
  title: string,
): CreateOptions {
  const defaults: Record<string, string> = { [field.name]: owner.record.id };
  const titles: Record<string, string> = { [field.name]: title };
  const account = owner.record.expanded?.account_id;
  if (account && field.name !== 'account_id') {
    defaults.account_id = account.id;
    titles.account_id = account.title;
  }
  return { defaults, titles, stay: true };
}
