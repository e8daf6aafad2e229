import { useId, useState } from 'react';
import { useModel } from '../api/queries';
import type { FieldAccess, RoleEntry } from '../api/settings';
import type { ObjectModel, Reach } from '../api/types';
import { ownFields } from '../model/layout';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import {
  inherited,
  isReach,
  type Member,
  members,
  type RoleDraft,
  reaches,
  textOf,
  withFields,
  withMember,
  withoutObject,
} from './roleDraft';

interface MatrixProps {
  draft: RoleDraft;
  // What is wrong, by JSON pointer.
  faults: Record<string, string>;
  onChange: (draft: RoleDraft) => void;
}

// What a role may do: a line for each object that is special, and one for all others.
export function RoleMatrix({ draft, faults, onChange }: MatrixProps) {
  const objects = useModel();
  const [fieldsOf, setFieldsOf] = useState<string>();
  const special = objects.filter((object) => draft.objects[object.name]);
  const others = objects.filter((object) => !draft.objects[object.name]);
  const labelOf = (name: string) =>
    objects.find((object) => object.name === name)?.label_plural ?? 'All others';
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="matrix-scroll" aria-label="Rights by object" tabIndex={0}>
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Records of</th>
              {members.map((member) => (
                <th key={member.name} scope="col">
                  {member.label}
                </th>
              ))}
              <th scope="col">Fields</th>
              <th scope="col">
                <span className="visually-hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {[...special.map((object) => object.name), '*'].map((name) => (
              <MatrixRow
                key={name}
                draft={draft}
                faults={faults}
                onChange={onChange}
                name={name}
                label={name === '*' && special.length === 0 ? 'All objects' : labelOf(name)}
                onFields={() => setFieldsOf(name)}
              />
            ))}
          </tbody>
        </table>
      </section>
      <SetApart
        objects={others}
        onAdd={(name) => onChange({ ...draft, objects: { ...draft.objects, [name]: {} } })}
      />
      <Dialog
        title={fieldsOf === undefined ? '' : `Fields of ${labelOf(fieldsOf).toLowerCase()}`}
        open={fieldsOf !== undefined}
        onClose={() => setFieldsOf(undefined)}
      >
        {fieldsOf !== undefined && (
          <FieldRights
            object={objects.find((object) => object.name === fieldsOf)}
            fields={draft.objects[fieldsOf]?.fields ?? {}}
            onChange={(fields) => onChange(withFields(draft, fieldsOf, fields))}
            onDone={() => setFieldsOf(undefined)}
          />
        )}
      </Dialog>
    </>
  );
}

// A choice and a button: who goes through the choices by the arrow keys adds nothing by it.
function SetApart({
  objects,
  onAdd,
}: {
  objects: readonly ObjectModel[];
  onAdd: (name: string) => void;
}) {
  const [name, setName] = useState('');
  return (
    <div className="card-text set-apart">
      <select
        className="input small"
        aria-label="Object to set apart"
        value={name}
        onChange={(event) => setName(event.target.value)}
      >
        <option value="">An object with rights of its own…</option>
        {objects.map((object) => (
          <option key={object.name} value={object.name}>
            {object.label_plural}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="button small"
        disabled={name === ''}
        onClick={() => {
          onAdd(name);
          setName('');
        }}
      >
        <Icon name="plus" size={13} /> Set apart
      </button>
    </div>
  );
}

interface RowProps extends MatrixProps {
  name: string;
  label: string;
  onFields: () => void;
}

function MatrixRow({ draft, faults, onChange, name, label, onFields }: RowProps) {
  const id = useId();
  const entry = draft.objects[name] ?? {};
  const pointer = `/objects/${name}`;
  const fieldsFault = faults[`${pointer}/fields`];
  return (
    <tr>
      <th scope="row">
        {label}
        {faults[pointer] && (
          <div className="field-error" role="alert">
            {faults[pointer]}
          </div>
        )}
      </th>
      {members.map((member) => (
        <td key={member.name}>
          <Cell
            label={`${label}: ${member.label.toLowerCase()}`}
            member={member.name}
            value={entry[member.name]}
            others={name === '*' ? undefined : inherited(draft.objects, member.name)}
            fault={faults[`${pointer}/${member.name}`]}
            onChange={(value) => onChange(withMember(draft, name, member.name, value))}
          />
        </td>
      ))}
      <td>
        <button
          type="button"
          className="button small"
          aria-label={`${label}: fields, ${fieldsText(entry)}`}
          aria-describedby={fieldsFault ? id : undefined}
          onClick={onFields}
        >
          {fieldsText(entry)}
        </button>
        {fieldsFault && (
          <div id={id} className="field-error" role="alert">
            {fieldsFault}
          </div>
        )}
      </td>
      <td>
        {name !== '*' && (
          <button
            type="button"
            className="button quiet icon-only small"
            aria-label={`${label}: as all others`}
            title="As all others"
            onClick={() => onChange(withoutObject(draft, name))}
          >
            <Icon name="close" size={13} />
          </button>
        )}
      </td>
    </tr>
  );
}

function fieldsText({ fields = {} }: RoleEntry): string {
  const count = Object.keys(fields).length;
  if (count === 0) return 'All';
  return count === 1 ? '1 differs' : `${count} differ`;
}

interface CellProps {
  label: string;
  member: Member;
  value: Reach | boolean | undefined;
  // What counts when this object says nothing; undefined in the line of all others.
  others: Reach | boolean | undefined;
  fault: string | undefined;
  onChange: (value: Reach | boolean | undefined) => void;
}

function Cell({ label, member, value, others, fault, onChange }: CellProps) {
  const id = useId();
  const options: readonly { value: string; label: string }[] = isReach(member)
    ? reaches
    : [
        { value: 'true', label: 'Yes' },
        { value: 'false', label: 'No' },
      ];
  const none = isReach(member) ? 'none' : 'false';
  const choose = (text: string) => {
    if (text === '') onChange(undefined);
    else onChange(isReach(member) ? (text as Reach) : text === 'true');
  };
  return (
    <>
      <select
        className={
          value === undefined && others !== undefined ? 'input small as-others' : 'input small'
        }
        aria-label={label}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? id : undefined}
        value={value === undefined ? (others === undefined ? none : '') : String(value)}
        onChange={(event) => choose(event.target.value)}
      >
        {others !== undefined && <option value="">as others: {textOf(others)}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {fault && (
        <div id={id} className="field-error" role="alert">
          {fault}
        </div>
      )}
    </>
  );
}

const accesses: readonly { value: FieldAccess; label: string }[] = [
  { value: 'none', label: 'Hidden' },
  { value: 'read', label: 'Seen, not changed' },
  { value: 'write', label: 'Seen and changed' },
];

interface FieldRightsProps {
  // Undefined for the line of all other objects, whose fields have no names.
  object: ObjectModel | undefined;
  fields: Record<string, FieldAccess>;
  onChange: (fields: Record<string, FieldAccess>) => void;
  onDone: () => void;
}

function FieldRights({ object, fields, onChange, onDone }: FieldRightsProps) {
  const own = object ? ownFields(object) : [];
  const known = own.map((field) => ({ name: field.name, label: field.label }));
  const unknown = Object.keys(fields)
    .filter((name) => name !== '*' && !own.some((field) => field.name === name))
    .map((name) => ({ name, label: name }));
  const set = (name: string, access: string) => {
    const { [name]: _, ...rest } = fields;
    onChange(access === '' ? rest : { ...rest, [name]: access as FieldAccess });
  };
  const rest = accesses.find((access) => access.value === (fields['*'] ?? 'write'))?.label;
  return (
    <>
      <div className="dialog-body">
        <p className="muted">
          A hidden field stands in no record, no list and no history, and cannot be searched for.
        </p>
        <table className="field-rights">
          <tbody>
            {[...known, ...unknown, { name: '*', label: object ? 'All others' : 'All fields' }].map(
              ({ name, label }) => (
                <tr key={name}>
                  <th scope="row">{label}</th>
                  <td>
                    <select
                      className="input small"
                      aria-label={label}
                      value={fields[name] ?? (name === '*' ? 'write' : '')}
                      onChange={(event) => set(name, event.target.value)}
                    >
                      {name !== '*' && <option value="">as others: {rest}</option>}
                      {accesses.map((access) => (
                        <option key={access.value} value={access.value}>
                          {access.label}
                        </option>
                      ))}
                    </select>
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      <footer className="dialog-foot">
        <span className="muted grow">Counts when the role is saved.</span>
        <button type="button" className="button primary" onClick={onDone}>
          Done
        </button>
      </footer>
    </>
  );
}
