import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { type Duplicate, useDuplicateGroups, useMayMerge } from '../api/duplicates';
import { useModel, useSession } from '../api/queries';
import { duplicateRulesQuery } from '../api/settings';
import type { ObjectModel } from '../api/types';
import { formatDecimal } from '../model/format';
import { isWritable } from '../model/layout';
import { ruleText } from '../settings/duplicateRuleText';
import { Icon } from '../ui/Icon';
import { Empty, Failure, SkeletonLines } from '../ui/States';
import { MoreButton } from '../ui/usePages';
import { usePageTitle } from '../ui/usePageTitle';
import { MergeDialog } from './MergeDialog';
import { Names } from './Names';
import '../styles/merge.css';
import '../styles/settings.css';

// All records of an object that rules take for the same, group by group.
export function DuplicatesPage() {
  const search = useSearch({ from: '/app/duplicates' });
  const navigate = useNavigate();
  const { permissions } = useSession();
  const objects = useModel().filter(
    (each) => isWritable(each) && permissions.objects[each.name] !== undefined,
  );
  const object =
    objects.find((each) => each.plural === search.object) ??
    objects.find((each) => each.name === 'account') ??
    objects[0];
  usePageTitle('Duplicates');
  return (
    <div className="settings">
      <header className="page-head">
        <Icon name="copy" size={20} />
        <h1>Duplicates</h1>
        <select
          className="input small duplicates-of"
          aria-label="Among"
          value={object?.plural ?? ''}
          onChange={(event) =>
            void navigate({ to: '/duplicates', search: { object: event.target.value } })
          }
        >
          {objects.map((each) => (
            <option key={each.name} value={each.plural}>
              {each.label_plural}
            </option>
          ))}
        </select>
      </header>
      {object && <Groups key={object.name} object={object} />}
    </div>
  );
}

function Groups({ object }: { object: ObjectModel }) {
  const found = useDuplicateGroups(object);
  const rules = useQuery(duplicateRulesQuery).data ?? [];
  const mayMerge = useMayMerge(object);
  const [merging, setMerging] = useState<string[]>();
  const objects = useModel();
  const pages = found.data?.pages ?? [];
  const groups = pages.flatMap((page) => page.groups);
  const looked = pages.reduce((sum, page) => sum + page.scanned, 0);
  const name = object.label_plural.toLowerCase();
  const asked = rules.some((rule) => rule.object === object.name && rule.is_active);
  const textOf = (id: string) => {
    const rule = rules.find((each) => each.id === id);
    return rule ? ruleText(rule, objects) : '';
  };
  if (found.isPending) return <SkeletonLines count={5} label="Looking for duplicates" />;
  if (found.isError && !found.data) {
    return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  }
  return (
    <div className="settings-body wide">
      {groups.length === 0 && (
        <Empty icon="check" title="No duplicates">
          <span>
            {asked
              ? `Nothing among the ${formatDecimal(looked)} ${name} looked at is like another.`
              : `No rule says when two ${name} are the same.`}
          </span>
        </Empty>
      )}
      <section className="card" aria-label="Groups of duplicates">
        <div className="card-head">
          <h2 className="grow">
            {groups.length === 1 ? '1 group' : `${formatDecimal(groups.length)} groups`} among the{' '}
            {formatDecimal(looked)} {name} looked at
          </h2>
        </div>
        <ul className="endpoints ruled duplicate-groups">
          {groups.map(({ records }) => (
            <GroupRow
              key={records.map((each) => each.id ?? each.title).join()}
              object={object}
              records={records}
              textOf={textOf}
              onMerge={mayMerge ? setMerging : undefined}
            />
          ))}
        </ul>
        {found.isError && (
          <p className="card-text field-error" role="alert">
            {found.error.message}
          </p>
        )}
        {found.hasNextPage && (
          <MoreButton
            label="Look further"
            busy={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          />
        )}
      </section>
      <MergeDialog
        object={object}
        ids={merging ?? []}
        open={merging !== undefined}
        onClose={() => setMerging(undefined)}
        onMerged={() => setMerging(undefined)}
      />
    </div>
  );
}

interface GroupRowProps {
  object: ObjectModel;
  records: Duplicate[];
  textOf: (rule: string) => string;
  onMerge?: (ids: string[]) => void;
}

function GroupRow({ object, records, textOf, onMerge }: GroupRowProps) {
  const seen = records.flatMap((each) => (each.id === null ? [] : [each.id]));
  const rules = [...new Set(records.flatMap((each) => each.rules))].map(textOf);
  const titles = records.map((each) => each.title).join(', ');
  return (
    <li>
      <div className="grow">
        <Names
          object={object}
          lookalikes={records.map(({ id, title }) => (id ? { id, title } : { title }))}
        />
        <div className="muted">{rules.filter((text) => text !== '').join(' · ')}</div>
      </div>
      {onMerge && seen.length > 1 && (
        <button
          type="button"
          className="button small"
          aria-label={`Merge ${titles}`}
          onClick={() => onMerge(seen)}
        >
          Merge…
        </button>
      )}
    </li>
  );
}
