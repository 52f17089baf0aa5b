import {
  type CelType,
  type CompiledCel,
  celTypes,
  compileRule,
  declaredTypeName,
  listType,
  mapType,
  opaqueType,
  plainObjectType,
} from '#cel'

/** What an expression of admission may use besides the object and the request, and what it may give. */
export interface AdmissionExpressionOptions {
  readonly hasParams?: boolean
  readonly hasAuthorizer?: boolean
  /** Whether it may write the objects and patches of a mutation. */
  readonly hasPatchTypes?: boolean
  /** Further variables by their names, and others in place of those of admission. */
  readonly variables?: Readonly<Record<string, CelType>>
  /** What it may give; anything unless told. */
  readonly returns?: readonly CelType[]
}

const { string, bool, dyn, int, timestamp } = celTypes
const strings = listType(string)
const texts = mapType(string, string)

const groupVersionKind = plainObjectType('kubernetes.GroupVersionKind', {
  group: string,
  version: string,
  kind: string,
})
const groupVersionResource = plainObjectType('kubernetes.GroupVersionResource', {
  group: string,
  version: string,
  resource: string,
})

/** The type of `request`. What it is about stands in variables of its own. */
const requestType = plainObjectType('kubernetes.AdmissionRequest', {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: string,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: plainObjectType('kubernetes.UserInfo', {
    username: string,
    uid: string,
    groups: strings,
    extra: mapType(string, strings),
  }),
  dryRun: bool,
  options: dyn,
})

/** The type of `namespaceObject`; upstream calls its uid `UID`, so that no expression can read it. */
const namespaceType = plainObjectType('kubernetes.Namespace', {
  metadata: plainObjectType('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: texts,
    annotations: texts,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: strings,
  }),
  spec: plainObjectType('kubernetes.NamespaceSpec', { finalizers: strings }),
  status: plainObjectType('kubernetes.NamespaceStatus', {
    conditions: listType(
      plainObjectType('kubernetes.NamespaceCondition', {
        status: string,
        type: string,
        lastTransitionTime: timestamp,
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
})

const always = {
  object: dyn,
  oldObject: dyn,
  namespaceObject: namespaceType,
  request: requestType,
}
const authorizers = {
  authorizer: opaqueType('Authorizer'),
  'authorizer.requestResource': opaqueType('ResourceCheck'),
}

/**
 * Reads and checks an expression of a webhook or a policy (upstream: `CompileCELExpression`), or gives what is wrong
 * with it.
 */
export function compileAdmissionRule(
  source: string,
  options: AdmissionExpressionOptions,
): CompiledCel | { readonly error: string } {
  const { hasParams, hasAuthorizer, hasPatchTypes = false, variables, returns = [] } = options
  const compiled = compileRule(source, {
    hasPatchTypes,
    variables: {
      ...always,
      ...(hasParams && { params: dyn }),
      ...(hasAuthorizer && authorizers),
      ...variables,
    },
  })
  if ('error' in compiled) return { error: compiled.error }
  const got = declaredTypeName(compiled.checkedType)
  const wanted = returns.map(declaredTypeName)
  if (wanted.length === 0 || wanted.includes(got)) return compiled
  const all = wanted.length === 1 ? wanted[0] : `one of [${wanted.join(' ')}]`
  return { error: `must evaluate to ${all} but got ${got}` }
}
