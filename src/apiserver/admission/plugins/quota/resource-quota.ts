import { quotaEvaluatorOf, type ResourceQuota, resourceQuotas } from '#api'
import type { Clock } from '#lib'
import { type KubeObject, keyOf, type Stored } from '#machinery'
import { internalError } from '#machinery/status'
import type { ObjectReader } from '../../../cache/object-reader.ts'
import type { Admission, AdmissionAttributes } from '../../admission.ts'
import type { ServerWriter } from '../../server-writer.ts'
import { type ChargedWrite, charge, type LimitedResource } from './charge.ts'

/** How often quotas are looked at again that somebody else has written meanwhile. */
const retries = 3
const timeoutMs = 10_000

/** What the plugin is made from. */
export interface ResourceQuotaOptions {
  readonly clock: Clock
  readonly writer: ServerWriter
  /** What may be had only where a quota allows it; upstream's default: nothing. */
  readonly limited?: readonly LimitedResource[]
}

/**
 * Upstream's ResourceQuota: a write is charged to the quotas of its namespace before it is stored, by
 * compare-and-swap of their status. Writes that come together are charged together.
 */
export function resourceQuotaAdmission(options: ResourceQuotaOptions): Admission {
  const { clock, limited = [] } = options
  const queues = new Map<string, Waiting[]>()
  return {
    name: 'ResourceQuota',
    handles: ({ verb, namespace, resource }) =>
      (verb === 'create' || verb === 'update') &&
      namespace !== '' &&
      !(resource.group === '' && resource.plural === 'namespaces'),
    validate(attributes, context) {
      const evaluator = quotaEvaluatorOf(attributes.resource)
      if (!evaluator?.handles(attributes)) return
      const { objects, nowMs } = context
      const { namespace } = attributes
      if (limited.length === 0 && objects.list(resourceQuotas, namespace).length === 0) return
      const write = { attributes: withObject(attributes), evaluator, limited, nowMs }
      return settled(clock, (settle) => {
        const waiting: Waiting = { write, ...settle }
        const queue = queues.get(namespace)
        if (queue) queue.push(waiting)
        else void work(namespace, [waiting], objects)
      })
    },
  }

  /** One batch after another until none waits; the quotas of a namespace are charged by one at a time. */
  async function work(namespace: string, first: Waiting[], objects: ObjectReader): Promise<void> {
    for (let batch = first; batch.length > 0; batch = queues.get(namespace) ?? []) {
      queues.set(namespace, [])
      await chargeAll(batch, { objects, writer: options.writer, namespace })
    }
    queues.delete(namespace)
  }
}

type Quotas = readonly Stored<ResourceQuota>[]

interface Settle {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Waiting extends Settle {
  readonly write: ChargedWrite
}

interface Place {
  readonly objects: ObjectReader
  readonly writer: ServerWriter
  readonly namespace: string
}

/** Settles all of a batch (upstream: `checkQuotas`); never throws. */
async function chargeAll(batch: readonly Waiting[], place: Place): Promise<void> {
  const { objects, namespace } = place
  let waiting = batch
  let quotas: Quotas = objects.list(resourceQuotas, namespace)
  for (let left = retries; ; left--) {
    const { charged, open } = chargeEach(quotas, waiting)
    const failures = await store(
      charged.filter((quota, i) => quota !== quotas[i]),
      place,
    )
    if (failures.size === 0) {
      for (const { resolve } of open) resolve()
      return
    }
    if (left === 0) {
      for (const { reject } of open) reject([...failures.values()].at(-1))
      return
    }
    waiting = open
    quotas = objects.list(resourceQuotas, namespace).filter((quota) => failures.has(keyOf(quota)))
  }
}

/** Gives why some could not be stored, by their keys. */
async function store(quotas: Quotas, { writer }: Place): Promise<ReadonlyMap<string, unknown>> {
  const failures = new Map<string, unknown>()
  for (const quota of quotas) {
    try {
      await writer.updateStatus(resourceQuotas, quota)
    } catch (error) {
      failures.set(keyOf(quota), error)
    }
  }
  return failures
}

/** Charges one write after the other; those that have to wait for the quotas to be stored are given. */
function chargeEach(
  quotas: Quotas,
  waiting: readonly Waiting[],
): { readonly charged: Quotas; readonly open: readonly Waiting[] } {
  let charged = quotas
  const open: Waiting[] = []
  for (const each of waiting) {
    try {
      const next = charge(charged, each.write)
      const isFree = each.write.attributes.dryRun || next.every((quota, i) => quota === charged[i])
      if (isFree) each.resolve()
      else {
        charged = next
        open.push(each)
      }
    } catch (error) {
      each.reject(error)
    }
  }
  return { charged, open }
}

/** What becomes of the one who waits; it does not wait forever. */
function settled(clock: Clock, start: (settle: Settle) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(timeoutMs, () =>
      reject(internalError('resource quota evaluation timed out')),
    )
    start({
      resolve() {
        timer[Symbol.dispose]()
        resolve()
      },
      reject(error) {
        timer[Symbol.dispose]()
        reject(error)
      },
    })
  })
}

function withObject(
  attributes: AdmissionAttributes,
): AdmissionAttributes & { readonly object: KubeObject } {
  return { ...attributes, object: attributes.object ?? {} }
}
