import {
  type AuthenticationV1,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  type TokenRequest,
} from '#api'
import { formatTime, goQuote, type KubeObject, type Stored } from '#machinery'
import { badRequest, conflict, invalid, notFound } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import type { BoundObject, TokenIssuer, TokenOptions } from '../authn/token-issuer.ts'
import type { Action, ActionRequest } from './action.ts'

const defaultSeconds = 3600
const minSeconds = 600
const maxSeconds = 2 ** 32
/** By what the audit of whoever uses a token finds the request that it came from. */
const issuedCredential = 'authentication.kubernetes.io/issued-credential-id'

/** POST serviceaccounts/NAME/token: a token of limited life, bound to an object if that is asked. */
export function tokenRequestAction(issuer: TokenIssuer, longestSeconds?: number): Action {
  return (request) => {
    const { namespace, name, objects, nowMs } = request
    const body = request.body as TokenRequest
    checkNames(request)
    const account = objects.get(serviceAccounts, { namespace, name })
    if (!account) throw notFound(serviceAccounts, name)
    const { uid } = account.metadata
    checkUid(request, uid)
    const asked = body.spec?.expirationSeconds ?? defaultSeconds
    checkExpiration(asked)
    const audiences = body.spec?.audiences?.length ? body.spec.audiences : issuer.audiences
    const binding = bindingOf(body.spec?.boundObjectRef, request)
    const expirationSeconds = Math.min(asked, longestSeconds ?? asked)
    if (expirationSeconds < asked) {
      request.warn(
        `requested expiration of ${asked} seconds shortened to ${expirationSeconds} seconds`,
      )
    }
    const token = issuer.issue({ namespace, name, uid, audiences, expirationSeconds, ...binding })
    const issued = request.annotate && issuer.read(token)
    if (typeof issued === 'object' && issued.kind === 'bound') {
      request.annotate?.(issuedCredential, `JTI=${issued.claims.jti}`)
    }
    const { creationTimestamp: _, ...metadata } = body.metadata ?? {}
    const object = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { ...metadata, name, namespace, uid, creationTimestamp: formatTime(nowMs) },
      spec: { boundObjectRef: null, ...body.spec, audiences, expirationSeconds },
      // The life that was asked for, also where old clients secretly get a longer one.
      status: { token, expirationTimestamp: formatTime(nowMs + expirationSeconds * 1000) },
    }
    return { object: object as KubeObject }
  }
}

function checkNames({ body, namespace, name }: ActionRequest): void {
  const { name: given = name, namespace: within = namespace } = body.metadata ?? {}
  if (within !== '' && within !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  if (given === '' || given === name) return
  const detail = 'must match the service account name if specified'
  throw invalid(tokenRequestKind, name, [
    invalidField(fieldPath('metadata', 'name'), given, detail),
  ])
}

/** @throws StatusError 409 for a request that means an earlier account of the name. */
function checkUid({ body, name }: ActionRequest, uid: string): void {
  const given = body.metadata?.uid ?? ''
  if (given === '' || given === uid) return
  const why = `the UID in the token request (${given}) does not match the UID of the service account (${uid})`
  throw conflict({ group: 'authentication.k8s.io', plural: 'TokenRequest' }, name, why)
}

const tokenRequestKind = { group: 'authentication.k8s.io', kind: 'TokenRequest' }

function checkExpiration(seconds: number): void {
  const path = fieldPath('spec', 'expirationSeconds')
  const detail =
    seconds < minSeconds
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maxSeconds
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (!detail) return
  throw invalid(tokenRequestKind, '', [invalidField(path, seconds, detail)])
}

type Binding = Pick<TokenOptions, 'bound' | 'node'>

function bindingOf(
  ref: AuthenticationV1.BoundObjectReference | null | undefined,
  request: ActionRequest,
): Binding {
  if (!ref) return {}
  const { apiVersion = '', name = '' } = ref
  const key = { namespace: request.namespace, name }
  switch (`${apiVersion}/${ref.kind}`) {
    case 'v1/Pod':
      return podBinding(ref, request)
    case 'v1/Secret':
      return { bound: bound('Secret', ref, request.objects.get(secrets, key)) }
    case 'v1/Node':
      return nodeBinding(ref, request)
    default:
      throw badRequest(`cannot bind token to object of type ${groupVersionKind(ref)}`)
  }
}

function podBinding(ref: AuthenticationV1.BoundObjectReference, request: ActionRequest): Binding {
  const { namespace, name, objects } = request
  const pod = objects.get(pods, { namespace, name: ref.name ?? '' })
  const target = bound('Pod', ref, pod)
  if (pod?.spec?.serviceAccountName !== name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${goQuote(name)} to pod running with different serviceaccount name.`,
    )
  }
  const { nodeName } = pod.spec
  if (!nodeName) return { bound: target }
  const uid = objects.get(nodes, { name: nodeName })?.metadata.uid
  return { bound: target, node: { name: nodeName, ...(uid && { uid }) } }
}

function nodeBinding(
  ref: AuthenticationV1.BoundObjectReference,
  { objects }: ActionRequest,
): Binding {
  const node = bound('Node', ref, objects.get(nodes, { name: ref.name ?? '' }))
  return { bound: node }
}

const plurals = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const

function bound(
  kind: BoundObject['kind'],
  { name = '', uid = '' }: AuthenticationV1.BoundObjectReference,
  object: Stored | undefined,
): BoundObject {
  if (!object) throw notFound({ group: '', plural: plurals[kind] }, name)
  if (uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict({ group: '', plural: kind }, name, why)
  }
  return { kind, name, uid: object.metadata.uid }
}

/** As Go prints a GroupVersionKind. */
function groupVersionKind({
  apiVersion = '',
  kind = '',
}: AuthenticationV1.BoundObjectReference): string {
  const text = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
  return `${text}, Kind=${kind}`
}
