import { Link } from '@tanstack/react-router';
import { useModel } from '../api/queries';
import type { CrmRecord, Field, FieldValue } from '../api/types';
import { type FormatContext, formatField, valuesOf } from '../model/format';
import { expandedOf, toneOf } from '../model/layout';
import { Badge } from '../ui/States';

interface FieldTextProps {
  field: Field;
  record: CrmRecord;
  context: FormatContext;
  // Links inside rows are out of the tab order: the row itself is the stop.
  tabIndex?: number;
}

// A field's value as lists and record pages show it: badges for choices, links for relations,
// addresses and numbers that can be called.
export function FieldText({ field, record, context, tabIndex }: FieldTextProps) {
  const text = formatField(field, record, context);
  if (text === '') return null;
  switch (field.type) {
    case 'select':
      return <Badge tone={toneOf(record[field.name])}>{text}</Badge>;
    case 'multi_select':
      return (
        <span className="badges">
          {valuesOf(record[field.name] as FieldValue).map((value) => (
            <Badge key={value}>
              {field.options?.find((option) => option.value === value)?.label ?? value}
            </Badge>
          ))}
        </span>
      );
    case 'relation':
      return <RelationLink field={field} record={record} text={text} tabIndex={tabIndex} />;
    case 'email':
      return (
        <a href={`mailto:${text}`} tabIndex={tabIndex}>
          {text}
        </a>
      );
    case 'phone':
      return (
        <a href={`tel:${text.replaceAll(/[^+\d]/g, '')}`} tabIndex={tabIndex}>
          {text}
        </a>
      );
    case 'url':
      return <WebLink text={text} tabIndex={tabIndex} />;
    default:
      // A stage is text in the model, since pipelines are data; it reads as the choice it is.
      return field.name === 'stage' ? (
        <Badge tone={toneOf(record[field.name])}>{text.replaceAll('_', ' ')}</Badge>
      ) : (
        <>{text}</>
      );
  }
}

function RelationLink({
  field,
  record,
  text,
  tabIndex,
}: {
  field: Field;
  record: CrmRecord;
  text: string;
  tabIndex?: number;
}) {
  const target = expandedOf(record, field);
  const object = useModel().find(
    (candidate) => candidate.name === (target?.object ?? field.relation?.object),
  );
  if (!target || !object) return <>{text}</>;
  return (
    <Link to="/$plural/$id" params={{ plural: object.plural, id: target.id }} tabIndex={tabIndex}>
      {text}
    </Link>
  );
}

function WebLink({ text, tabIndex }: { text: string; tabIndex?: number }) {
  // A record's text decides nothing but a web address: "javascript:" and the like stay text.
  const href = /^https?:\/\//i.test(text)
    ? text
    : /^[\w-]+(\.[\w-]+)+/.test(text)
      ? `https://${text}`
      : '';
  if (!href) return <>{text}</>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" tabIndex={tabIndex}>
      {text.replace(/^https?:\/\/(www\.)?/i, '').replace(/\/$/, '')}
    </a>
  );
}
