import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { faultsOf } from '../api/faults';
import { useModel } from '../api/queries';
import type { DuplicateRule, MatchMethod, MatchTerm } from '../api/settings';
import { isWritable } from '../model/layout';
import { Icon } from '../ui/Icon';
import { SelectField } from '../ui/SelectField';
import { comparedFields, methodFor, methods } from './duplicateRuleText';

const termsMax = 5;

interface RuleFormProps {
  rule?: DuplicateRule;
  onSaved: () => void;
}

export function DuplicateRuleForm({ rule, onSaved }: RuleFormProps) {
  const objects = useModel();
  const [name, setName] = useState(rule?.object ?? 'contact');
  const [match, setMatch] = useState<MatchTerm[]>(rule?.match ?? [{ field: '', method: 'exact' }]);
  const [action, setAction] = useState(rule?.action ?? 'warn');
  // Saving was tried while a line had no field.
  const [tried, setTried] = useState(false);
  const fields = comparedFields(objects.find((object) => object.name === name));
  const save = useMutation({
    mutationFn: () =>
      rule
        ? request('PATCH', `/duplicate-rules/${rule.id}`, { body: { match, action } })
        : request('POST', '/duplicate-rules', { body: { object: name, match, action } }),
    onSuccess: onSaved,
  });
  const shown = match.flatMap((_, i) => [`/match/${i}/field`, `/match/${i}/method`, `/match/${i}`]);
  const { at, rest } = faultsOf(save.error, ['/object', '/action', '/match', ...shown]);
  const setTerm = (index: number, term: MatchTerm) =>
    setMatch(match.map((each, i) => (i === index ? term : each)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!save.isPending && match.every((term) => term.field !== '')) save.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <SelectField
          label="Records of"
          value={name}
          disabled={rule !== undefined}
          error={at['/object']}
          hint={rule ? 'A rule stays with its object.' : undefined}
          onChange={(event) => {
            setName(event.target.value);
            setMatch([{ field: '', method: 'exact' }]);
          }}
        >
          {objects
            .filter((object) => isWritable(object) || object.name === name)
            .map((object) => (
              <option key={object.name} value={object.name}>
                {object.label_plural}
              </option>
            ))}
        </SelectField>
        <fieldset className="check-list">
          <legend>Mean the same when all of these agree</legend>
          {at['/match'] && (
            <span className="field-error" role="alert">
              {at['/match']}
            </span>
          )}
          <div className="value-rows">
            {match.map((term, index) => (
              <div
                // biome-ignore lint/suspicious/noArrayIndexKey: lines have no names of their own
                key={index}
                className="value-row"
              >
                <SelectField
                  label={`Field ${index + 1}`}
                  labelHidden
                  value={term.field}
                  error={
                    tried && term.field === ''
                      ? 'Choose a field, or remove this line.'
                      : (at[`/match/${index}/field`] ?? at[`/match/${index}`])
                  }
                  onChange={(event) => {
                    const field = fields.find((each) => each.name === event.target.value);
                    setTerm(index, { field: event.target.value, method: methodFor(field) });
                  }}
                >
                  <option value="">Choose a field</option>
                  {fields.map((field) => (
                    <option key={field.name} value={field.name}>
                      {field.label}
                    </option>
                  ))}
                </SelectField>
                <SelectField
                  label={`How field ${index + 1} is compared`}
                  labelHidden
                  value={term.method}
                  error={at[`/match/${index}/method`]}
                  onChange={(event) =>
                    setTerm(index, { ...term, method: event.target.value as MatchMethod })
                  }
                >
                  {methods.map((method) => (
                    <option key={method.value} value={method.value}>
                      {method.label}
                    </option>
                  ))}
                </SelectField>
                <button
                  type="button"
                  className="button quiet icon-only"
                  aria-label={`Remove field ${index + 1}`}
                  disabled={match.length === 1}
                  onClick={() => setMatch(match.filter((_, i) => i !== index))}
                >
                  <Icon name="close" size={14} />
                </button>
              </div>
            ))}
            {match.length < termsMax && (
              <button
                type="button"
                className="button quiet small action-add"
                onClick={() => setMatch([...match, { field: '', method: 'exact' }])}
              >
                <Icon name="plus" size={13} /> Another field
              </button>
            )}
          </div>
          <span className="field-hint">
            A record in which one of them is empty is like no other.
          </span>
        </fieldset>
        <SelectField
          label="When one is created that looks like another"
          value={action}
          error={at['/action']}
          onChange={(event) => setAction(event.target.value as 'warn' | 'block')}
        >
          <option value="warn">create it, and say what it looks like</option>
          <option value="block">do not create it, unless one insists</option>
        </SelectField>
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <span className="muted grow">
          Among a million records, getting a rule ready takes seconds.
        </span>
        <button type="submit" className="button primary" disabled={save.isPending}>
          {save.isPending ? 'Getting it ready…' : 'Save rule'}
        </button>
      </footer>
    </form>
  );
}
