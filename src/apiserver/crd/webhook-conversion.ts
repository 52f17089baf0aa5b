import type { CustomResourceDefinition } from '#api'
import { messageOf, type Random } from '#lib'
import { goQuote, type KubeObject, type ObjectMeta } from '#machinery'
import {
  type FieldErrors,
  fieldErrorMessage,
  fieldPath,
  validateAnnotations,
  validateLabels,
} from '#machinery/validation'
import type { WebhookClient } from '../webhooks/webhook-client.ts'

/** Makes objects of one kind, of whatever versions, ones of the version given, in their order. */
export type Converter = (
  objects: readonly KubeObject[],
  apiVersion: string,
) => Promise<readonly KubeObject[]>

/** What conversions are asked with. */
export interface ConversionParts {
  readonly client: WebhookClient
  readonly random: Random
}

/** How long a conversion may take. */
const timeoutMs = 30_000

const group = 'apiextensions.k8s.io'

/** The converter of a definition whose versions a webhook converts; undefined for others. */
export function webhookConverter(
  { spec: { conversion } }: CustomResourceDefinition,
  { client, random }: ConversionParts,
): Converter | undefined {
  const { clientConfig, conversionReviewVersions = [] } = conversion?.webhook ?? {}
  if (conversion?.strategy !== 'Webhook' || !clientConfig) return undefined
  return async (objects, apiVersion) => {
    const [first] = objects
    if (!first) return []
    const review = conversionReviewVersions.find(isReviewVersion)
    if (!review) throw new Error('no supported conversion review versions')
    const of = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`
    const uid = random.uuid()
    const request = { uid, desiredAPIVersion: apiVersion, objects }
    const body = { kind: 'ConversionReview', apiVersion: `${group}/${review}`, request }
    const never = new AbortController().signal
    const converted = await client
      .post(clientConfig, body, { timeoutMs, signal: never })
      .then((answer) => convertedObjects(answer, { review, uid }))
      .catch((error: unknown) => {
        throw new Error(`${of} failed: ${messageOf(error)}`, { cause: error })
      })
    if (converted.length !== objects.length) {
      throw new Error(`${of} returned ${converted.length} objects, expected ${objects.length}`)
    }
    return objects.map((original, index) =>
      checkedObject(original, converted[index], {
        of,
        apiVersion,
        at: objects.length === 1 ? undefined : index,
      }),
    )
  }
}

type ReviewVersion = 'v1' | 'v1beta1'

function isReviewVersion(version: string): version is ReviewVersion {
  return version === 'v1' || version === 'v1beta1'
}

interface Review {
  readonly apiVersion?: unknown
  readonly kind?: unknown
  readonly response?: {
    readonly uid?: unknown
    readonly convertedObjects?: unknown
    readonly result?: { readonly status?: unknown; readonly message?: unknown }
  }
}

/** The objects of an answer. @throws Error in upstream's words */
function convertedObjects(
  answer: unknown,
  { review, uid }: { readonly review: ReviewVersion; readonly uid: string },
): readonly unknown[] {
  // Cast: every member is unknown.
  const { apiVersion = '', kind = '', response } = (answer ?? {}) as Review
  if (review === 'v1' && (apiVersion !== `${group}/v1` || kind !== 'ConversionReview')) {
    const expected = `${group}/v1, Kind=ConversionReview`
    throw new Error(
      `expected webhook response of ${expected}, got ${apiVersion || '/'}, Kind=${kind}`,
    )
  }
  if (!response) throw new Error('no response provided')
  const { uid: answered = '', convertedObjects: objects, result = {} } = response
  if (review === 'v1' && answered !== uid) {
    throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(String(answered))}`)
  }
  const { status = '', message = '' } = result
  if (status !== 'Success') {
    if (message !== '') throw new Error(String(message))
    throw new Error(`response.result.status was '${status}', not 'Success'`)
  }
  return Array.isArray(objects) ? objects : []
}

interface Expected {
  readonly of: string
  readonly apiVersion: string
  /** Where it stands in a list; undefined for one alone. */
  readonly at: number | undefined
}

/** A converted object with the metadata of the original, but for its labels and annotations. @throws Error */
function checkedObject(
  original: KubeObject,
  given: unknown,
  { of, apiVersion, at }: Expected,
): KubeObject {
  const object = isRecord(given) ? given : {}
  const where = at === undefined ? 'at index 0' : `at index ${at}`
  const invalid = at === undefined ? 'invalid object' : 'invalid converted object'
  if (object.apiVersion !== apiVersion) {
    const received = typeof object.apiVersion === 'string' ? object.apiVersion : '/'
    const why = `invalid groupVersion (expected ${apiVersion}, received ${received})`
    throw new Error(`${of} returned ${invalid} ${where}: ${why}`)
  }
  if (object.kind !== original.kind) {
    const why = `invalid kind (expected ${original.kind}, received ${String(object.kind ?? '')})`
    throw new Error(`${of} returned ${invalid} ${where}: ${why}`)
  }
  const place = at === undefined ? '' : ` at index ${at}`
  const difference = differenceOf(original.metadata ?? {}, object.metadata)
  if (difference) throw new Error(`${of} returned ${invalid}${place}: ${difference}`)
  try {
    // Cast: kind and metadata are those of an object.
    return { ...object, metadata: restored(original.metadata, object.metadata) } as KubeObject
  } catch (error) {
    const subject = at === undefined ? 'invalid metadata' : `invalid metadata in object${place}`
    throw new Error(`${of} returned ${subject}: ${messageOf(error)}`, { cause: error })
  }
}

const identity = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const

function differenceOf(original: ObjectMeta, given: unknown): string | undefined {
  const metadata = isRecord(given) ? given : {}
  for (const [field, name] of identity) {
    const [before, after] = [original[field] ?? '', metadata[field] ?? '']
    if (before !== after) return `must have the same ${name}: ${before} != ${String(after)}`
  }
  return undefined
}

function restored(original: ObjectMeta | undefined, given: unknown): ObjectMeta {
  if (given === undefined) throw new Error('missing metadata in converted object')
  if (!isRecord(given))
    throw new Error(`invalid metadata of type ${goType(given)} in converted object`)
  const { labels: _labels, annotations: _annotations, ...kept } = original ?? {}
  const labels = textsOf('labels', given.labels, original?.labels)
  const annotations = textsOf('annotations', given.annotations, original?.annotations)
  return { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) }
}

type Texts = Readonly<Record<string, string>>

function textsOf(field: string, given: unknown, before: Texts = {}): Texts | undefined {
  if (given === undefined || given === null) return undefined
  if (!isRecord(given)) {
    throw new Error(`invalid metadata.${field} of type ${goType(given)} in converted object`)
  }
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'string') continue
    const type = goType(value)
    throw new Error(
      `metadata.${field}[${key}] must be a string, but is ${type} in converted object`,
    )
  }
  // Cast: all values are texts.
  const texts = given as Texts
  const keys = Object.keys(texts)
  const isSame =
    keys.length === Object.keys(before).length && keys.every((key) => texts[key] === before[key])
  const errors = isSame ? [] : errorsOf(field, texts)
  if (errors.length > 0) throw new Error(aggregate(errors))
  return texts
}

function errorsOf(field: string, texts: Texts): FieldErrors {
  return field === 'labels'
    ? validateLabels(texts, fieldPath('metadata', 'labels'))
    : validateAnnotations(texts, fieldPath('metadata', 'annotation'))
}

function aggregate(errors: FieldErrors): string {
  const messages = errors.map(fieldErrorMessage)
  return messages.length === 1 ? `${messages[0]}` : `[${messages.join(', ')}]`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function goType(value: unknown): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return { string: 'string', boolean: 'bool' }[String(typeof value)] ?? 'map[string]interface {}'
}
