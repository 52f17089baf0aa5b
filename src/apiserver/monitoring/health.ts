import type { ApiRequest, ApiResponse } from '#machinery'

/** One thing that must be well; rejects or gives a text when it is not. */
export interface HealthCheck {
  readonly name: string
  check(): string | undefined | Promise<string | undefined>
}

/** /healthz, /livez and /readyz, with `?verbose`, `?exclude=` and a path per check, as upstream's. */
export async function answerHealth(
  request: ApiRequest,
  checks: readonly HealthCheck[],
): Promise<ApiResponse | undefined> {
  const [root = '', ...rest] = request.path.split('/').slice(1)
  if (!['healthz', 'livez', 'readyz'].includes(root)) return undefined
  const only = rest.join('/')
  const excluded = new Set(request.query.getAll('exclude'))
  const chosen = checks.filter(({ name }) => (only === '' || name === only) && !excluded.has(name))
  if (only !== '' && chosen.length === 0) return undefined
  const results = await Promise.all(chosen.map(run))
  const failed = results.some(({ fault }) => fault !== undefined)
  const verbose = request.query.has('verbose') || failed
  if (!verbose) return text(200, 'ok')
  const lines = results.map(({ name, fault }) =>
    fault === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  )
  const verdict = failed ? `${root} check failed` : `${root} check passed`
  return text(failed ? 500 : 200, `${[...lines, verdict].join('\n')}\n`)
}

async function run({ name, check }: HealthCheck) {
  try {
    return { name, fault: await check() }
  } catch (error) {
    return { name, fault: String(error) }
  }
}

function text(status: number, content: string): ApiResponse {
  const headers = { 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' }
  const body = {
    kind: 'bytes',
    contentType: 'text/plain; charset=utf-8',
    bytes: Buffer.from(content),
  }
  return { status, headers, body: body as ApiResponse['body'] }
}
