import { selectorMatches } from '../../workloads/label-selector.ts';
import type { Causes } from '../causes.ts';
import { jsonEqual } from '../json.ts';
import type { Job, JobSpec } from '../types.generated.ts';
import { isEmptySelector, validateLabelSelector } from './label-selector.ts';
import { checkNotNegative, checkOneOf, isSet } from './numbers.ts';
import { validateTemplate } from './pod-template.ts';

/** Kubernetes' bounds for indexed jobs: so many completions, and so many pods of them at once. */
const maxCompletions = 100_000;

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
] as const;

/** `ValidateJobSpec`. */
export function validateJob(causes: Causes, job: Job): void {
  const spec: Partial<JobSpec> = job.spec ?? {};
  for (const field of counts) checkNotNegative(causes, `spec.${field}`, spec[field]);
  checkOneOf(causes, 'spec.completionMode', spec.completionMode, ['Indexed', 'NonIndexed']);
  checkOneOf(causes, 'spec.podReplacementPolicy', spec.podReplacementPolicy, [
    'Failed',
    'TerminatingOrFailed',
  ]);
  validateIndexed(causes, job, spec);
  validateJobSelector(causes, spec);
  validateTemplate(causes, spec.template, ['OnFailure', 'Never']);
}

function validateIndexed(causes: Causes, job: Job, { completionMode, completions }: Partial<JobSpec>): void {
  if (completionMode !== 'Indexed') return;
  if (!isSet(completions)) {
    causes.required('spec.completions', 'when completion mode is Indexed');
    return;
  }
  if (completions > maxCompletions) {
    const detail = `must be less than or equal to ${maxCompletions}`;
    causes.invalid('spec.completions', completions, detail);
  }
  // A pod's host name is the job's name and the index.
  const longest = `${job.metadata?.name ?? ''}-${Math.max(0, completions - 1)}`;
  if (longest.length <= 63) return;
  const detail = 'will not able to create pod with invalid DNS label: must be no more than 63 characters';
  causes.invalid('metadata.name', job.metadata?.name, `${detail}: ${longest}`);
}

function validateJobSelector(causes: Causes, { selector, template }: Partial<JobSpec>): void {
  if (!selector) {
    causes.required('spec.selector');
    return;
  }
  validateLabelSelector(causes, 'spec.selector', selector);
  if (isEmptySelector(selector))
    causes.invalid('spec.selector', selector, 'empty selector is invalid for job');
  const labels = template?.metadata?.labels ?? {};
  if (!selectorMatches(selector, labels))
    causes.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
}

/** A job is what it was asked to be: only how fast it goes, and how long it may take, can be changed. */
export function validateJobUpdate(causes: Causes, old: Job, changed: Job): void {
  const fixed = ['selector', 'template', 'completionMode', 'podFailurePolicy', 'successPolicy'] as const;
  for (const field of fixed) {
    if (jsonEqual(old.spec?.[field], changed.spec?.[field])) continue;
    causes.invalid(`spec.${field}`, changed.spec?.[field], 'field is immutable');
  }
  const { completions, completionMode, parallelism } = changed.spec ?? {};
  if (old.spec?.completions === completions) return;
  // An indexed job may grow and shrink together with its parallelism.
  if (completionMode === 'Indexed' && completions === parallelism) return;
  causes.invalid('spec.completions', completions, 'field is immutable');
}
