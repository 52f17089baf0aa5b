import type { Clock } from '#lib'
import { encodeJson, parseJson } from '#machinery'
import type { WebhookCall, WebhookTransport } from './transport.ts'

/** What a webhook of a test answers: a body, or an answer with a status, or it throws what the way to it breaks with. */
// biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
type TestWebhook = (body: any, call: WebhookCall) => unknown

/** An answer that is not simply an object with 200. */
interface RawAnswer {
  readonly status: number
  readonly text: string
  readonly contentType?: string
}

/** A transport to webhooks in memory, by `host/path`; what it has sent is kept. */
export interface TestTransport extends WebhookTransport {
  readonly hooks: Map<string, TestWebhook>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly sent: { readonly call: WebhookCall; readonly body: any }[]
}

/** Makes one; each call takes the time that `latencyMs` says at that moment. */
export function createTestTransport(clock: () => Clock, latencyMs = () => 0): TestTransport {
  const hooks = new Map<string, TestWebhook>()
  const sent: TestTransport['sent'] = []
  return {
    hooks,
    sent,
    async post(call, signal) {
      const body = parseJson(Buffer.from(call.body).toString())
      sent.push({ call, body })
      if (latencyMs() > 0) await clock().sleep(latencyMs(), signal)
      const [path] = call.path.split('?')
      const hook = hooks.get(`${call.authority}${path}`)
      if (!hook) throw new Error('dial tcp 203.0.113.1:443: connect: connection refused')
      const answer = hook(body, call)
      const raw = isRaw(answer) ? answer : { status: 200, text: encodeJson(answer) }
      const { status, text, contentType = 'application/json' } = raw
      return { status, contentType, body: Buffer.from(text) }
    },
  }
}

function isRaw(answer: unknown): answer is RawAnswer {
  return typeof answer === 'object' && answer !== null && 'text' in answer
}
