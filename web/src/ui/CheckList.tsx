import { useId } from 'react';

interface CheckListProps {
  legend: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  error?: string;
  hint?: string;
  // In columns, for the many.
  columns?: boolean;
}

// Several of a list of choices. The chosen keep the order of the list.
export function CheckList(props: CheckListProps) {
  const { legend, options, chosen, onChange, error, hint, columns } = props;
  const id = useId();
  const note = error ?? hint;
  const toggle = (value: string) =>
    onChange(
      options
        .map((option) => option.value)
        .filter((each) => (each === value ? !chosen.includes(each) : chosen.includes(each))),
    );
  return (
    <fieldset className="check-list" aria-describedby={note ? id : undefined}>
      <legend>{legend}</legend>
      <div className={columns ? 'check-columns' : 'check-line'}>
        {options.map(({ value, label }) => (
          <label key={value} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => toggle(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
      {note && (
        <span
          id={id}
          className={error ? 'field-error' : 'field-hint'}
          role={error ? 'alert' : undefined}
        >
          {note}
        </span>
      )}
    </fieldset>
  );
}
