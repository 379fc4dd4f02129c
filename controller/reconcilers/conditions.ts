/** What all conditions in a status have in common. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

type Conditions<Type extends Condition> = readonly Type[] | undefined;

export function conditionOfType<Type extends Condition>(
  conditions: Conditions<Type>,
  type: string,
): Type | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The conditions without those of the type. */
export function withoutCondition<Type extends Condition>(
  conditions: Conditions<Type>,
  type: string,
): readonly Type[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** The conditions with this one in place of another of its type; as they were where it says nothing new. */
export function withCondition<Type extends Condition>(
  conditions: Conditions<Type>,
  wanted: Type,
): readonly Type[] {
  const before = conditionOfType(conditions, wanted.type);
  if (before && before.status === wanted.status && before.reason === wanted.reason) return conditions ?? [];
  const lastTransitionTime =
    before?.status === wanted.status ? before.lastTransitionTime : wanted.lastTransitionTime;
  return [...withoutCondition(conditions, wanted.type), { ...wanted, lastTransitionTime }];
}
