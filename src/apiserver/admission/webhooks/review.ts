import type { AdmissionV1 } from '#api'
import type { KubeObject } from '#machinery'
import { goQuote } from '#machinery'
import { prune, type SchemaNode } from '#machinery/schema'
import type { ReviewRequest } from '../matching/review-request.ts'

/** The versions of reviews that are spoken. */
export type ReviewVersion = 'v1' | 'v1beta1'

const group = 'admission.k8s.io'

/** The first version of reviews that a webhook takes and that is spoken here. @throws Error */
export function reviewVersionOf(accepted: readonly string[]): ReviewVersion {
  for (const version of accepted) {
    if (version === 'v1' || version === 'v1beta1') return version
  }
  throw new Error('webhook does not accept known AdmissionReview versions (v1, v1beta1)')
}

/** What is posted to a webhook. */
export function admissionReview(
  version: ReviewVersion,
  uid: string,
  request: ReviewRequest,
  {
    object,
    old,
  }: { readonly object: KubeObject | undefined; readonly old: KubeObject | undefined },
): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: `${group}/${version}`,
    request: { uid, ...request, object: object ?? null, oldObject: old ?? null },
  }
}

/** The name of the type that an answer is read by. */
export const reviewSchema = (version: ReviewVersion) =>
  `io.k8s.api.admission.${version}.AdmissionReview`

/** What a webhook has said. */
export interface ReviewResponse extends Omit<AdmissionV1.AdmissionResponse, 'uid' | 'patch'> {
  /** Decoded text; undefined where nothing is to be changed. */
  readonly patch: string | undefined
}

/** What an answer has to hold to. */
export interface ExpectedReview {
  readonly version: ReviewVersion
  readonly uid: string
  readonly isMutating: boolean
}

/**
 * Reads an answer by its type (upstream: client-go's decoder).
 * @throws Error for what is no AdmissionReview
 */
export function decodeReview(
  answer: unknown,
  version: ReviewVersion,
  schema: SchemaNode,
): AdmissionV1.AdmissionReview {
  // Cast: members of what is an object are looked at, and checked.
  const { kind, apiVersion } = (answer ?? {}) as Partial<KubeObject>
  const asked = `${group}/${version}`
  if (kind !== undefined && kind !== 'AdmissionReview') {
    throw new Error(unregistered(`${kind}`, apiVersion ?? asked))
  }
  if (apiVersion !== undefined && apiVersion !== asked) {
    const isOther = apiVersion === `${group}/v1` || apiVersion === `${group}/v1beta1`
    if (!isOther) throw new Error(unregistered('AdmissionReview', `${apiVersion}`))
    const [from, to] = [apiVersion.slice(group.length + 1), version]
    throw new Error(
      `converting (${from}.AdmissionReview) to (${to}.AdmissionReview): unknown conversion`,
    )
  }
  const { value } = prune(answer, schema)
  // Cast: it has the form of its schema.
  return value as AdmissionV1.AdmissionReview
}

function unregistered(kind: string, apiVersion: string): string {
  return `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`
}

/** Checks an answer (upstream: `VerifyAdmissionResponse`). @throws Error that says what is wrong with it. */
export function verifiedResponse(
  { apiVersion = '', kind = '', response }: AdmissionV1.AdmissionReview,
  { version, uid, isMutating }: ExpectedReview,
): ReviewResponse {
  if (!response) throw new Error('webhook response was absent')
  const { uid: answered = '', patch, ...said } = response
  const text =
    patch === undefined || patch === '' ? undefined : Buffer.from(patch, 'base64').toString()
  if (version === 'v1beta1') return lenient(said, text, isMutating)
  if (answered !== uid) {
    throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(answered)}`)
  }
  if (apiVersion !== `${group}/v1` || kind !== 'AdmissionReview') {
    const expected = `${group}/v1, Kind=AdmissionReview`
    throw new Error(
      `expected webhook response of ${expected}, got ${apiVersion || '/'}, Kind=${kind}`,
    )
  }
  if (isMutating) checkPatch(text, said.patchType)
  else if (text !== undefined) throw new Error('validating webhook may not return response.patch')
  else if (said.patchType !== undefined) {
    throw new Error('validating webhook may not return response.patchType')
  }
  return { ...said, patch: text }
}

/** Of the older version upstream never checked more than that there is a response. */
function lenient(
  said: Omit<ReviewResponse, 'patch'>,
  text: string | undefined,
  isMutating: boolean,
): ReviewResponse {
  const { patchType: _, ...others } = said
  if (!isMutating || text === undefined) return { ...others, patch: undefined }
  return { ...others, patch: text, patchType: 'JSONPatch' }
}

function checkPatch(patch: string | undefined, patchType: string | undefined): void {
  if (patch !== undefined && patchType === undefined) {
    throw new Error('webhook returned response.patch but not response.patchType')
  }
  if (patch === undefined && patchType !== undefined) {
    throw new Error('webhook returned response.patchType but not response.patch')
  }
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""')
}
