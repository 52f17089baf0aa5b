import {
  type AdmissionregistrationV1,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '#api'
import { type Clock, derived, inTurns, type MaybePromise } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import {
  type CompiledMutatingPolicy,
  type CompiledValidatingPolicy,
  compileMutatingPolicy,
  compileValidatingPolicy,
} from '#rules'
import type { MatchCriteria } from '../matching/match-request.ts'
import type { ConfigurationSource } from '../webhooks/configured.ts'

type ValidatingPolicy = AdmissionregistrationV1.ValidatingAdmissionPolicy
type ValidatingBinding = AdmissionregistrationV1.ValidatingAdmissionPolicyBinding
type MutatingPolicy = AdmissionregistrationV1.MutatingAdmissionPolicy
type MutatingBinding = AdmissionregistrationV1.MutatingAdmissionPolicyBinding
type MatchResources = AdmissionregistrationV1.MatchResources

/** A policy that is bound somewhere, with its bindings in the order of their names. */
export interface ConfiguredPolicy<P extends PolicyObject, B extends BindingObject, C> {
  readonly policy: Stored<P>
  readonly bindings: readonly BoundPolicy<B>[]
  readonly criteria: MatchCriteria
  /** Its expressions, read when they are first needed, with others' turn where they are long. */
  readonly compiled: () => MaybePromise<C>
}

/** A binding of a policy, which holds where its criteria match; everywhere without any. */
interface BoundPolicy<B extends BindingObject> {
  readonly binding: Stored<B>
  readonly criteria: MatchCriteria | undefined
}

/** What policies of both admissionKinds have alike. */
export interface PolicyObject extends KubeObject {
  readonly spec?: {
    readonly paramKind?: AdmissionregistrationV1.ParamKind
    readonly matchConstraints?: MatchResources
    readonly failurePolicy?: string
  }
}

/** What bindings of both admissionKinds have alike. */
export interface BindingObject extends KubeObject {
  readonly spec?: {
    readonly policyName?: string
    readonly paramRef?: AdmissionregistrationV1.ParamRef
    readonly matchResources?: MatchResources
  }
}

/** A ValidatingAdmissionPolicy that is bound. */
export type BoundValidatingPolicy = ConfiguredPolicy<
  ValidatingPolicy,
  ValidatingBinding,
  CompiledValidatingPolicy
>
/** A MutatingAdmissionPolicy that is bound. */
export type BoundMutatingPolicy = ConfiguredPolicy<
  MutatingPolicy,
  MutatingBinding,
  CompiledMutatingPolicy
>

/** Where policies are read, and who gives others their turn. */
interface PolicySource extends ConfigurationSource {
  readonly clock: Clock
}

/** The policies that may refuse requests, in the order of their names. */
export function validatingPolicies(source: PolicySource): () => readonly BoundValidatingPolicy[] {
  return remembered(source, {
    policies: validatingAdmissionPolicies,
    bindings: validatingAdmissionPolicyBindings,
    compile: derived((policy: Stored<ValidatingPolicy>) =>
      inTurns(compileValidatingPolicy(policy.spec ?? {}), () => source.clock.turn()),
    ),
  })
}

/** The policies that may change objects, in the same order. */
export function mutatingPolicies(source: PolicySource): () => readonly BoundMutatingPolicy[] {
  return remembered(source, {
    policies: mutatingAdmissionPolicies,
    bindings: mutatingAdmissionPolicyBindings,
    compile: derived((policy: Stored<MutatingPolicy>) =>
      inTurns(compileMutatingPolicy(policy.spec ?? {}), () => source.clock.turn()),
    ),
  })
}

interface PolicyKind<P extends PolicyObject, B extends BindingObject, C> {
  readonly policies: Resource<P>
  readonly bindings: Resource<B>
  readonly compile: (policy: Stored<P>) => MaybePromise<C>
}

/** Reads the caches again only after a change: every write of the cluster asks. */
function remembered<P extends PolicyObject, B extends BindingObject, C>(
  { objects, admissionChanges, served }: ConfigurationSource,
  { policies, bindings, compile }: PolicyKind<P, B, C>,
): () => readonly ConfiguredPolicy<P, B, C>[] {
  const { group, version, plural } = policies
  let at = 0
  let found: readonly ConfiguredPolicy<P, B, C>[] = []
  return () => {
    const now = admissionChanges()
    if (now !== at) {
      const isServed = served.find(group, version, plural) !== undefined
      const byPolicy = isServed
        ? Map.groupBy(objects.list<B>(bindings), ({ spec }: Stored<B>) => spec?.policyName ?? '')
        : new Map<string, Stored<B>[]>()
      // A policy that is not there may come yet, and one without bindings holds nowhere.
      found = [...byPolicy].flatMap(([name, bound]) => {
        const policy = objects.get<P>(policies, { name })
        return policy ? [configuredPolicy(policy, bound, compile)] : []
      })
      found = found.toSorted((a, b) => (a.policy.metadata.name < b.policy.metadata.name ? -1 : 1))
      at = now
    }
    return found
  }
}

function configuredPolicy<P extends PolicyObject, B extends BindingObject, C>(
  policy: Stored<P>,
  bindings: readonly Stored<B>[],
  compile: (policy: Stored<P>) => MaybePromise<C>,
): ConfiguredPolicy<P, B, C> {
  return {
    policy,
    criteria: criteriaOf(policy.spec?.matchConstraints ?? {}),
    compiled: () => compile(policy),
    bindings: bindings.map((binding) => {
      const own = binding.spec?.matchResources
      return { binding, criteria: own && criteriaOf(own) }
    }),
  }
}

function criteriaOf({
  resourceRules,
  excludeResourceRules,
  namespaceSelector,
  objectSelector,
  matchPolicy,
}: MatchResources): MatchCriteria {
  return {
    ...(namespaceSelector && { namespaceSelector }),
    ...(objectSelector && { objectSelector }),
    ...(matchPolicy && { matchPolicy }),
    ...(excludeResourceRules && { excludeRules: excludeResourceRules }),
    // A binding without rules holds wherever its policy does.
    rules: resourceRules && resourceRules.length > 0 ? resourceRules : undefined,
  }
}
