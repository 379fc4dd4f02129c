import { badRequest } from '../status.ts';

type Labels = Readonly<Record<string, string>>;
export type LabelMatch = (labels: Labels) => boolean;

const keyPattern = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
/** A requirement per match: `!key`, `key in (a,b)`, `key op value`, or `key` alone. */
const requirement =
  /\s*(?:!\s*(?<absent>[^\s,=!<>()]+)|(?<key>[^\s,=!<>()]+)\s*(?:\s(?<set>in|notin)\s*\((?<members>[^()]*)\)|(?<operator>==|=|!=|>|<)\s*(?<value>[^\s,=!<>()]*))?)\s*(?:,|$)/y;

/** A label selector as query strings carry it: `app=web,tier in (a,b),!old`. Empty matches everything. */
export function parseLabelSelector(text: string): LabelMatch {
  const matches: LabelMatch[] = [];
  const scanner = new RegExp(requirement);
  while (scanner.lastIndex < text.length) {
    const groups = scanner.exec(text)?.groups;
    if (!groups) throw unparsable(text);
    matches.push(compile(groups, text));
  }
  return (labels) => matches.every((match) => match(labels));
}

function unparsable(text: string): Error {
  return badRequest(`unable to parse requirement: ${JSON.stringify(text)} is not a label selector`);
}

function compile(groups: Record<string, string | undefined>, text: string): LabelMatch {
  const key = groups['absent'] ?? groups['key'] ?? '';
  if (!keyPattern.test(key)) throw unparsable(text);
  if (groups['absent'] !== undefined) return (labels) => !Object.hasOwn(labels, key);
  if (groups['set'] !== undefined) return membership(key, groups['set'], groups['members'] ?? '', text);
  if (groups['operator'] === undefined) return (labels) => Object.hasOwn(labels, key);
  return comparison(key, groups['operator'], groups['value'] ?? '', text);
}

function membership(key: string, set: string, members: string, text: string): LabelMatch {
  const values = new Set(members.split(',').map((member) => checkedValue(member.trim(), text)));
  const has = (labels: Labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
  return set === 'in' ? has : (labels) => !has(labels);
}

function comparison(key: string, operator: string, value: string, text: string): LabelMatch {
  checkedValue(value, text);
  const textOf = (labels: Labels) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (operator === '!=') return (labels) => textOf(labels) !== value;
  if (operator === '=' || operator === '==') return (labels) => textOf(labels) === value;
  if (!/^-?\d+$/.test(value)) throw unparsable(text);
  return (labels) => {
    const found = textOf(labels);
    if (found === undefined || !/^-?\d+$/.test(found)) return false;
    return operator === '>' ? Number(found) > Number(value) : Number(found) < Number(value);
  };
}

function checkedValue(value: string, text: string): string {
  if (value.length > 63 || !valuePattern.test(value)) throw unparsable(text);
  return value;
}
