import { messageOf } from '#lib'
import type { ApiRequest, ApiResponse } from '#machinery'

/** One thing that must be well; rejects or gives a text when it is not. */
export interface HealthCheck {
  /** `etcd`, `poststarthook/rbac/bootstrap-roles` */
  readonly name: string
  /** A name that several checks are left out by. */
  readonly group?: string
  /** Asked of /readyz alone: what is not ready may live. */
  readonly isOfReadiness?: true
  check(): string | undefined | Promise<string | undefined>
}

const roots: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz'])

/**
 * /healthz, /livez and /readyz, with `?verbose`, `?exclude=` and a path per check, in upstream's words
 * (apiserver's `healthz.go`). Undefined for other paths.
 */
export async function answerHealth(
  request: ApiRequest,
  all: readonly HealthCheck[],
): Promise<ApiResponse | undefined> {
  const [root = '', ...rest] = request.path.split('/').slice(1)
  if (!roots.has(root)) return undefined
  const checks = root === 'readyz' ? all : all.filter(({ isOfReadiness }) => !isOfReadiness)
  // A path that ends with a slash is the check of no name.
  if (rest.length > 0) return answerCheck(checks.find(({ name }) => name === rest.join('/')))
  const excluded = new Set(request.query.getAll('exclude'))
  const results = await Promise.all(checks.map((check) => runUnless(excluded, check)))
  const failed = results.some((result) => 'fault' in result && result.fault !== undefined)
  if (!failed && !request.query.has('verbose')) return text(200, 'ok')
  const unknown = [...excluded].filter((name) =>
    checks.every((check) => check.name !== name && check.group !== name),
  )
  const lines = [...results.map(lineOf), ...(unknown.length > 0 ? [warningOf(unknown)] : [])]
  const verdict = failed ? `${root} check failed` : `${root} check passed`
  return text(failed ? 500 : 200, `${[...lines, verdict].join('\n')}\n`)
}

async function answerCheck(check: HealthCheck | undefined): Promise<ApiResponse | undefined> {
  if (!check) return undefined
  const { fault } = await run(check)
  return fault === undefined ? text(200, 'ok') : text(500, `internal server error: ${fault}\n`)
}

interface CheckResult {
  readonly name: string
  /** The group that the check was excluded with. */
  readonly group?: string
  /** Absent where the check was excluded, undefined where all is well. */
  readonly fault?: string | undefined
}

function runUnless(
  excluded: ReadonlySet<string>,
  check: HealthCheck,
): CheckResult | Promise<CheckResult> {
  const { name, group } = check
  if (excluded.has(name)) return { name }
  return group !== undefined && excluded.has(group) ? { name, group } : run(check)
}

/** Everybody may ask: why a check failed is told where that check alone is asked. */
function lineOf(result: CheckResult): string {
  if (!('fault' in result)) {
    const { name, group } = result
    return group === undefined ? `[+]${name} excluded: ok` : `[+]${name} excluded with ${group}: ok`
  }
  if (result.fault === undefined) return `[+]${result.name} ok`
  return `[-]${result.name} failed: reason withheld`
}

function warningOf(unknown: readonly string[]): string {
  const names = unknown.toSorted().map((name) => JSON.stringify(name))
  return `warn: some health checks cannot be excluded: no matches for ${names.join(',')}`
}

async function run({ name, check }: HealthCheck): Promise<CheckResult> {
  try {
    return { name, fault: await check() }
  } catch (error) {
    return { name, fault: messageOf(error) }
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
