import { type Namespace, namespaces } from '#api'
import { derived } from '#lib'
import type { KubeObject, Resource, Stored } from '#machinery'
import {
  isEverything,
  type LabelSelector,
  matchesLabels,
  selectorFromObject,
} from '#machinery/selectors'
import { notFound } from '#machinery/status'
import type { AdmissionAttributes, AdmissionContext } from '../admission.ts'
import { askedNamespace, isNamespace, requestedResource } from './asked.ts'
import type { Equivalents } from './equivalents.ts'
import { type MatchRule, matchesRule } from './match-rules.ts'

/** Which requests a webhook or a policy wants to see. */
export interface MatchCriteria {
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
  /** `Exact` or `Equivalent`. */
  readonly matchPolicy?: string
  /** Requests that one of these is about; undefined: all. */
  readonly rules: readonly MatchRule[] | undefined
  /** Those are left out before. */
  readonly excludeRules?: readonly MatchRule[]
}

/** What matching reads besides the request. */
export interface MatchingWorld extends Pick<AdmissionContext, 'objects'> {
  readonly equivalents: Equivalents
}

/**
 * The resource as which a webhook or a policy sees a request: the one that was asked for, or an equivalent one that
 * its rules name; undefined where it does not want to see it (upstream: `ShouldCallHook`, `matching.Matcher`).
 * @throws StatusError 404 where its namespace, on which it depends, is not there
 */
export function matchRequest(
  criteria: MatchCriteria,
  attributes: AdmissionAttributes,
  world: MatchingWorld,
): Resource | undefined {
  // The rules tell most apart, and cost least; nothing of the order can be seen, since nobody is asked.
  const { excludeRules = [], matchPolicy } = criteria
  const matched = criteria.rules
    ? byRules(criteria.rules, matchPolicy, attributes, world)
    : requestedResource(attributes)
  if (!matched || !matchesObject(criteria.objectSelector, attributes)) return undefined
  if (byRules(excludeRules, matchPolicy, attributes, world)) return undefined
  return matchesNamespace(criteria.namespaceSelector, attributes, world) ? matched : undefined
}

function byRules(
  rules: readonly MatchRule[],
  matchPolicy: string | undefined,
  attributes: AdmissionAttributes,
  { equivalents }: MatchingWorld,
): Resource | undefined {
  if (rules.length === 0) return undefined
  const asked = requestedResource(attributes)
  if (rules.some((rule) => matchesRule(rule, attributes, asked))) return asked
  if (matchPolicy !== 'Equivalent') return undefined
  const same = equivalents(attributes.resource, attributes.subresource)
  if (same.length < 2) return undefined
  const others = same.filter((resource) => resource !== asked)
  for (const rule of rules) {
    const found = others.find((resource) => matchesRule(rule, attributes, resource))
    if (found) return found
  }
  return undefined
}

const selectorOf = derived((selector: LabelSelector) => selectorFromObject(selector))

/** Either the object as it is to be, or as it was, has the labels; no selector means all. */
function matchesObject(
  selector: LabelSelector | undefined,
  { object, old }: AdmissionAttributes,
): boolean {
  const wanted = selector && selectorOf(selector)
  if (!wanted || isEverything(wanted)) return true
  const has = (each: KubeObject | undefined) =>
    each !== undefined && matchesLabels(wanted, each.metadata?.labels)
  return has(object) || has(old)
}

function matchesNamespace(
  selector: LabelSelector | undefined,
  attributes: AdmissionAttributes,
  { objects }: MatchingWorld,
): boolean {
  const wanted = selector && selectorOf(selector)
  if (!wanted || isEverything(wanted)) return true
  const name = askedNamespace(attributes)
  const isAboutNamespace = isNamespace(requestedResource(attributes))
  if (name === '' && !isAboutNamespace) return true
  const { verb, subresource, object } = attributes
  const isWritten = verb === 'create' || verb === 'update'
  const labels =
    isAboutNamespace && subresource === '' && isWritten
      ? object?.metadata?.labels
      : namespaceNamed(name, objects).metadata.labels
  return matchesLabels(wanted, labels)
}

function namespaceNamed(name: string, objects: MatchingWorld['objects']): Stored<Namespace> {
  const found = objects.get(namespaces, { name })
  if (!found) throw notFound(namespaces, name)
  return found
}

const configurationKinds: ReadonlySet<string> = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
])

/** Whether a request is about what configures admission, which no webhook and no policy may keep anybody from. */
export function isExempt({ resource }: AdmissionAttributes): boolean {
  return resource.group === 'admissionregistration.k8s.io' && configurationKinds.has(resource.kind)
}
