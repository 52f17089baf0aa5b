import {
  type AdmissionregistrationV1,
  apiSchema,
  type CustomResourceDefinition,
  resources,
} from '#api'
import { groupVersionOf, type Resource, type Stored } from '#machinery'
import { schemaView } from '#machinery/schema'
import { parseStructural } from '#machinery/structural'
import { builtInType, type CheckedKind, customType } from '#rules'

type Rule = AdmissionregistrationV1.NamedRuleWithOperations
type ParamKind = AdmissionregistrationV1.ParamKind

/** Upstream looks at no more kinds of a rule. */
const mostKinds = 10

/** What names a kind, and the resource of its objects. */
interface KnownKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  type(): CheckedKind['type']
}

const metadata = schemaView(apiSchema)('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')

const builtIn: readonly KnownKind[] = resources.map((resource: Resource) => ({
  group: resource.group,
  version: resource.version,
  kind: resource.kind,
  plural: resource.plural,
  type: () => builtInType(apiSchema, resource.schemaName, resource.kind),
}))

function customKinds(definition: Stored<CustomResourceDefinition>): readonly KnownKind[] {
  const { group, names, versions = [] } = definition.spec
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema }) => ({
      group,
      version: name,
      kind: names.kind,
      plural: names.plural,
      type: () => {
        const props = schema?.openAPIV3Schema
        const structural = props && parseStructural(props, metadata)
        return structural && customType(apiSchema, structural, names.kind)
      },
    }))
}

/** All kinds that there are. */
export function knownKinds(
  definitions: readonly Stored<CustomResourceDefinition>[],
): readonly KnownKind[] {
  return [...builtIn, ...definitions.flatMap(customKinds)]
}

/** The kinds that the rules of a policy name; a `*` names none, since it says nothing of types. */
export function kindsOf(
  rules: readonly Rule[],
  known: readonly KnownKind[],
): readonly CheckedKind[] {
  const found = new Map<string, KnownKind>()
  for (const rule of rules) {
    const matching = namedBy(rule, known).slice(0, mostKinds)
    for (const kind of matching) found.set(shown(kind), kind)
    if (matching.length === mostKinds) break
  }
  const inOrder = [...found.values()].toSorted(byName)
  return inOrder.map((kind) => ({ shown: shown(kind), type: kind.type() }))
}

function namedBy(rule: Rule, known: readonly KnownKind[]): readonly KnownKind[] {
  const groups = withoutWildcard(rule.apiGroups)
  const versions = withoutWildcard(rule.apiVersions)
  const plurals = (rule.resources ?? []).filter((each) => !/[*/]/.test(each)).toSorted()
  return groups.flatMap((group) =>
    versions.flatMap((version) =>
      plurals.flatMap((plural) =>
        known.filter(
          (kind) => kind.group === group && kind.version === version && kind.plural === plural,
        ),
      ),
    ),
  )
}

function withoutWildcard(names: readonly string[] = []): readonly string[] {
  return names.some((name) => name.includes('*')) ? [] : names.toSorted()
}

const shown = ({ group, version, kind }: KnownKind): string => `${group}/${version}, Kind=${kind}`

function byName(a: KnownKind, b: KnownKind): number {
  const [x, y] = [a, b].map(({ group, version, kind }) => [group, version, kind])
  const at = x?.findIndex((part, i) => part !== y?.[i]) ?? -1
  return at < 0 ? 0 : (x?.[at] ?? '') < (y?.[at] ?? '') ? -1 : 1
}

/** The type of the parameters of a policy. */
export function paramType(
  paramKind: ParamKind | undefined,
  known: readonly KnownKind[],
): CheckedKind['type'] {
  return known
    .find((kind) => kind.kind === paramKind?.kind && groupVersionOf(kind) === paramKind.apiVersion)
    ?.type()
}
