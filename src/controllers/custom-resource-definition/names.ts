import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '#api'
import { deepEqual, findCondition, goQuote } from '#machinery'

type Condition = NonNullable<NonNullable<CustomResourceDefinition['status']>['conditions']>[number]

/** What becomes of the names that a definition asks for. */
export interface NamesPlan {
  /** Those that it has from now on: what it asks for, where nobody else has it, and else what it had. */
  readonly accepted: CustomResourceDefinitionNames
  readonly namesAccepted: Condition
  readonly established: Condition
}

/** Whether a definition has all the names that it asks for. */
export function hasItsNames({ spec, status }: CustomResourceDefinition): boolean {
  return deepEqual(spec.names, status?.acceptedNames)
}

/**
 * Decides which names a definition gets in its group, in which the others have theirs: a name is
 * had by one kind only (upstream: NamingConditionController).
 */
export function planNames(
  definition: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
): NamesPlan {
  const { names: asked, group } = definition.spec
  const held = definition.status?.acceptedNames ?? { plural: '', kind: '' }
  const others = all
    .filter(({ spec }) => spec.group === group)
    .map(({ status }) => status?.acceptedNames ?? { plural: '', kind: '' })
  const resources = new Set(
    others.flatMap(({ plural, singular = '', shortNames = [] }) => [
      plural,
      singular,
      ...shortNames,
    ]),
  )
  const kinds = new Set(others.flatMap(({ kind, listKind = '' }) => [kind, listKind]))
  let conflict: Pick<Condition, 'reason' | 'message'> | undefined
  const refuse = (what: string, messages: readonly string[]) => {
    const message = messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`
    conflict = { reason: `${what}Conflict`, message }
  }
  const pick = (what: string, wanted = '', own = '', used: ReadonlySet<string>) => {
    if (wanted === own || !used.has(wanted)) return wanted
    refuse(what, [inUse(wanted)])
    return own
  }
  const plural = pick('Plural', asked.plural, held.plural, resources)
  const singular = pick('Singular', asked.singular, held.singular, resources)
  const taken = (asked.shortNames ?? [])
    .filter((name) => !held.shortNames?.includes(name) && resources.has(name))
    .map(inUse)
  if (taken.length > 0) refuse('ShortNames', taken)
  const shortNames = taken.length > 0 ? held.shortNames : asked.shortNames
  const kind = pick('Kind', asked.kind, held.kind, kinds)
  const listKind = pick('ListKind', asked.listKind, held.listKind, kinds)
  const namesAccepted: Condition = conflict
    ? { type: 'NamesAccepted', status: 'False', ...conflict }
    : {
        type: 'NamesAccepted',
        status: 'True',
        reason: 'NoConflicts',
        message: 'no conflicts found',
      }
  return {
    accepted: {
      plural,
      ...(singular && { singular }),
      ...(shortNames && { shortNames }),
      kind,
      ...(listKind && { listKind }),
      ...(asked.categories && { categories: asked.categories }),
    },
    namesAccepted,
    established: establishedBy(definition, conflict === undefined),
  }
}

function inUse(name: string): string {
  return `${goQuote(name)} is already in use`
}

function establishedBy({ status }: CustomResourceDefinition, isAccepted: boolean): Condition {
  const held = findCondition(status?.conditions, 'Established')
  if (held?.status !== 'True' && isAccepted) {
    return {
      type: 'Established',
      status: 'False',
      reason: 'Installing',
      message: 'the initial names have been accepted',
    }
  }
  return (
    held ?? {
      type: 'Established',
      status: 'False',
      reason: 'NotAccepted',
      message: 'not all names are accepted',
    }
  )
}
