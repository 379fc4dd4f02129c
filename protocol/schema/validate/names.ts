/**
 * Kubernetes' rules for names, each giving what is wrong with a value in the API server's own words; empty when
 * nothing is. The regular expressions have no nested repetition that could backtrack, and lengths are checked first.
 */
export type NameRule = (value: string) => readonly string[];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const configKey = '[-._a-zA-Z0-9]+';

const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${subdomain}$`);
const label1035Pattern = new RegExp(`^${label1035}$`);
const qualifiedPattern = new RegExp(`^${qualified}$`);
const labelValuePattern = new RegExp(`^(${qualified})?$`);
const configKeyPattern = new RegExp(`^${configKey}$`);

const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

function tooLong(max: number): string {
  return `must be no more than ${max} characters`;
}

function breaks(rule: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

export function dns1123Label(value: string): readonly string[] {
  const faults = value.length > 63 ? [tooLong(63)] : [];
  if (value.length > 253 || labelPattern.test(value)) return faults;
  if (subdomainPattern.test(value)) return [...faults, 'must not contain dots'];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...faults, breaks(rule, label, 'my-name', '123-abc')];
}

export function dns1123Subdomain(value: string): readonly string[] {
  if (value.length > 253) return [tooLong(253)];
  if (subdomainPattern.test(value)) return [];
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [breaks(rule, subdomain, 'example.com')];
}

export function dns1035Label(value: string): readonly string[] {
  const faults = value.length > 63 ? [tooLong(63)] : [];
  if (value.length > 253 || label1035Pattern.test(value)) return faults;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...faults, breaks(rule, label1035, 'my-name', 'abc-123')];
}

/** The key of a label, taint or annotation: a name, behind a DNS subdomain and a slash if it is somebody's own. */
export function qualifiedName(value: string): readonly string[] {
  const parts = value.split('/');
  const pattern = breaks(qualifiedRule, qualified, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    const form = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    return [`a valid label key ${pattern} ${form}`];
  }
  const name = parts.at(-1) ?? '';
  const faults = parts.length === 2 ? prefixFaults(parts[0] ?? '') : [];
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > 63) return [...faults, 'name part must be no more than 63 bytes'];
  return qualifiedPattern.test(name) ? faults : [...faults, `name part ${pattern}`];
}

function prefixFaults(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return dns1123Subdomain(prefix).map((fault) => `prefix part ${fault}`);
}

export function labelValue(value: string): readonly string[] {
  if (value.length > 63) return ['must be no more than 63 bytes'];
  if (labelValuePattern.test(value)) return [];
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [breaks(rule, `(${qualified})?`, 'MyValue', 'my_value', '12345')];
}

export function configMapKey(value: string): readonly string[] {
  const faults: string[] = [];
  if (value.length > 253) faults.push(tooLong(253));
  if (!configKeyPattern.test(value)) {
    const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    faults.push(breaks(rule, configKey, 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (value === '.') faults.push("must not be '.'");
  else if (value === '..') faults.push("must not be '..'");
  else if (value.startsWith('..')) faults.push("must not start with '..'");
  return faults;
}

export function portName(value: string): readonly string[] {
  const faults: string[] = [];
  if (value.length > 15) faults.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) faults.push('must contain at least one letter (a-z)');
  if (value.includes('--')) faults.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

export function environmentName(value: string): readonly string[] {
  const rule =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(value) ? [] : [rule];
}

/** A name that gets a suffix may end in what only the whole may not end in. */
export function asPrefix(rule: NameRule): NameRule {
  return (value) => rule(value.endsWith('-') ? `${value.slice(0, -1)}a` : value);
}
