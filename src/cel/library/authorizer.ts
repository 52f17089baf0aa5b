import { CelError } from '../values/cel-error.ts'
import { opaqueNames } from '../values/cel-type.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelOpaque } from '../values/values.ts'

/** What an expression asks the authorizer: a path that is not of a resource, or a resource. */
export interface AuthorizationQuestion {
  readonly verb: string
  /** Whom it asks about; undefined means who sent the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  readonly path?: string
  readonly resource?: AuthorizationResource
}

/** The resource that a question is about; absent parts are empty. */
export interface AuthorizationResource {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly fieldSelector: string
  readonly labelSelector: string
}

/** What an authorizer answers. */
export interface AuthorizationAnswer {
  readonly allowed: boolean
  readonly reason: string
  readonly error?: string
}

/** The authorizer that an expression may ask; it is given from outside. */
export type CelAuthorizer = (question: AuthorizationQuestion) => AuthorizationAnswer

abstract class ReceiverOnly extends CelOpaque {
  equals(other: CelOpaque): boolean {
    return other === this
  }
}

type Account = AuthorizationQuestion['serviceAccount']

class Authorizer extends ReceiverOnly {
  readonly typeName = opaqueNames.Authorizer
  readonly ask: CelAuthorizer
  readonly account: Account
  constructor(ask: CelAuthorizer, account: Account) {
    super()
    this.ask = ask
    this.account = account
  }
}

class PathCheck extends ReceiverOnly {
  readonly typeName = opaqueNames.PathCheck
  readonly authorizer: Authorizer
  readonly path: string
  constructor(authorizer: Authorizer, path: string) {
    super()
    this.authorizer = authorizer
    this.path = path
  }
}

class GroupCheck extends ReceiverOnly {
  readonly typeName = opaqueNames.GroupCheck
  readonly authorizer: Authorizer
  readonly group: string
  constructor(authorizer: Authorizer, group: string) {
    super()
    this.authorizer = authorizer
    this.group = group
  }
}

class ResourceCheck extends ReceiverOnly {
  readonly typeName = opaqueNames.ResourceCheck
  readonly authorizer: Authorizer
  readonly resource: AuthorizationResource
  constructor(authorizer: Authorizer, resource: AuthorizationResource) {
    super()
    this.authorizer = authorizer
    this.resource = resource
  }
}

class Decision extends ReceiverOnly {
  readonly typeName = opaqueNames.Decision
  readonly answer: AuthorizationAnswer
  constructor(answer: AuthorizationAnswer) {
    super()
    this.answer = answer
  }
}

const empty = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' }

/** The value of the variable `authorizer`, over an authorizer given from outside. */
export function authorizerValue(ask: CelAuthorizer): CelOpaque {
  return new Authorizer(ask, undefined)
}

/** The value of the variable `authorizer.requestResource`: a check of the resource of the request. */
export function requestResourceValue(
  ask: CelAuthorizer,
  resource: Partial<AuthorizationResource> & { readonly group: string; readonly resource: string },
): CelOpaque {
  return new ResourceCheck(new Authorizer(ask, undefined), { ...empty, ...resource })
}

function decide(authorizer: Authorizer, question: AuthorizationQuestion): Decision {
  const { account } = authorizer
  return new Decision(authorizer.ask(account ? { ...question, serviceAccount: account } : question))
}

function notEmpty(name: string, value: string): string {
  if (value.trim() === '') throw new CelError(`${name} must not be empty`)
  return value
}

const narrowed = (
  field: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector',
): Overload =>
  overload(
    `ResourceCheck.${field}(string): ResourceCheck`,
    ({ authorizer, resource }: ResourceCheck, value: string) =>
      new ResourceCheck(authorizer, { ...resource, [field]: value }),
  )

/** What an expression can ask the authorizer. */
export const authorization: readonly Overload[] = [
  overload(
    'Authorizer.path(string): PathCheck',
    (a: Authorizer, path: string) => new PathCheck(a, notEmpty('path', path)),
  ),
  overload(
    'Authorizer.group(string): GroupCheck',
    (a: Authorizer, group: string) => new GroupCheck(a, group),
  ),
  overload(
    'Authorizer.serviceAccount(string, string): Authorizer',
    (a: Authorizer, namespace: string, name: string) => new Authorizer(a.ask, { namespace, name }),
  ),
  overload(
    'GroupCheck.resource(string): ResourceCheck',
    ({ authorizer, group }: GroupCheck, resource: string) =>
      new ResourceCheck(authorizer, {
        ...empty,
        group,
        resource: notEmpty('resource', resource),
      }),
  ),
  narrowed('subresource'),
  narrowed('namespace'),
  narrowed('name'),
  narrowed('fieldSelector'),
  narrowed('labelSelector'),
  overload('PathCheck.check(string): Decision', ({ authorizer, path }: PathCheck, verb: string) =>
    decide(authorizer, { verb, path }),
  ),
  overload(
    'ResourceCheck.check(string): Decision',
    ({ authorizer, resource }: ResourceCheck, verb: string) =>
      decide(authorizer, { verb, resource }),
  ),
  overload('Decision.allowed(): bool', ({ answer }: Decision) => answer.allowed),
  overload('Decision.reason(): string', ({ answer }: Decision) => answer.reason),
  overload('Decision.errored(): bool', ({ answer }: Decision) => answer.error !== undefined),
  overload('Decision.error(): string', ({ answer }: Decision) => answer.error ?? ''),
]
