import type { ApiHandler } from '#machinery'
import { type Kind, kinds, objectOf } from './requests-fixture.ts'

/** Nearly as many changes of a kind as a server keeps in order to resume watches. */
const changesOfKind = 8_000
/** What is written at the same time is flushed to the disk together. */
const lanes = 10

const user = { name: 'filler', groups: ['system:masters', 'system:authenticated'] }
const never = new AbortController().signal

/**
 * Creates and deletes so many objects of each kind that all history is full, so that what is held grows by
 * nothing but what is not given back.
 */
export async function fillHistory(handle: ApiHandler): Promise<void> {
  const namespace = 'fill'
  const send = async (method: 'POST' | 'DELETE', path: string, value?: object) => {
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const body = value && { kind: 'value' as const, value }
    const request = { method, path, query: new URLSearchParams(), headers, user }
    const answer = await handle({ ...request, ...(body && { body }) }, never)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`)
    // Whoever is sent an answer is sent bytes, which are kept with the object.
    if (answer.body.kind === 'object') void answer.body.value.bytes
  }
  await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  // Without it there are no pods, and the controller that makes it does not run yet.
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await send('POST', accounts, { metadata: { name: 'default' } })
  let made = 0
  const word = () => `filled-${made++}`
  const fill = async (kind: Kind) => {
    const path = `${kind.root}/namespaces/${namespace}/${kind.plural}`
    for (let change = 0; change < changesOfKind / lanes; change += 2) {
      const name = word()
      await send('POST', path, objectOf(kind, { name, namespace, word }))
      await send('DELETE', `${path}/${name}`)
    }
  }
  await Promise.all(kinds.flatMap((kind) => Array.from({ length: lanes }, () => fill(kind))))
}
