import { messageOf } from '#lib'
import { encodeJson, parseJson } from '#machinery'
import { applyJsonPatch } from '#machinery/patch'
import type { AdmissionAnswer, Behaviour } from '../behaviour/behaviour.ts'
import type { NetworkRequest, NetworkResponse } from '../model/fabric.ts'
import type { Guess } from './process.ts'

/** A review that the API server sends to a webhook. */
interface Review {
  readonly kind?: unknown
  readonly apiVersion?: unknown
  readonly request?: {
    readonly uid?: unknown
    readonly desiredAPIVersion?: unknown
    readonly objects?: unknown
  }
}

/**
 * What a server answers as a webhook of admission, or of conversion, by its behaviour; undefined for requests of
 * other kinds. A server of which nothing is said allows everything and converts by name, and that is told.
 */
export function webhookAnswer(
  request: NetworkRequest,
  { admission, conversion }: Pick<Behaviour, 'admission' | 'conversion'>,
  report: (guess: Guess) => void,
): NetworkResponse | undefined {
  const review = reviewOf(request)
  if (review?.kind === 'AdmissionReview') {
    if (!admission) report(guessed('allows what admission webhooks are asked', 'admission'))
    return reviewed(review, admissionResponse(admission ?? { kind: 'allow' }))
  }
  if (review?.kind === 'ConversionReview') {
    if (!conversion) report(guessed('converts objects by their apiVersion alone', 'conversion'))
    return reviewed(review, conversionResponse(review, conversion ?? {}))
  }
  return undefined
}

function reviewOf(request: NetworkRequest): Review | undefined {
  if (request.protocol !== 'http' || request.method !== 'POST' || !request.body) return undefined
  try {
    const value = parseJson(Buffer.from(request.body).toString())
    // Cast: every member is unknown.
    return typeof value === 'object' && value !== null ? (value as Review) : undefined
  } catch {
    return undefined
  }
}

function guessed(what: string, key: string): Guess {
  const message = `it is not said how it answers as a webhook: it ${what} (sim.knarr.dev/${key} says otherwise)`
  return { reason: 'SimulatedServer', message }
}

function reviewed({ apiVersion, kind, request }: Review, response: object): NetworkResponse {
  const body = Buffer.from(
    encodeJson({ apiVersion, kind, response: { uid: request?.uid, ...response } }),
  )
  return { status: 200, headers: [['content-type', 'application/json']], body }
}

function admissionResponse(answer: AdmissionAnswer): object {
  switch (answer.kind) {
    case 'allow':
      return { allowed: true }
    case 'warn':
      return { allowed: true, warnings: [answer.text] }
    case 'deny':
      return {
        allowed: false,
        status: { code: 403, reason: 'Forbidden', message: answer.text },
      }
    case 'patch': {
      const patch = Buffer.from(encodeJson(answer.patch)).toString('base64')
      return { allowed: true, patchType: 'JSONPatch', patch }
    }
  }
}

function conversionResponse(
  { request = {} }: Review,
  patches: NonNullable<Behaviour['conversion']>,
): object {
  const desired = String(request.desiredAPIVersion)
  const patch = patches[desired.split('/').at(-1) ?? '']
  const objects: readonly unknown[] = Array.isArray(request.objects) ? request.objects : []
  try {
    const convertedObjects = objects.map((object) => {
      const patched = patch ? applyJsonPatch(object, patch) : object
      return { ...(patched as object), apiVersion: desired }
    })
    return { convertedObjects, result: { status: 'Success' } }
  } catch (error) {
    return { convertedObjects: [], result: { status: 'Failed', message: messageOf(error) } }
  }
}
