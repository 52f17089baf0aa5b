import { andThen, type MaybePromise } from '#lib'
import type { ObjectWrite } from './write.ts'

/** Stage: the request's object is made from its body, and from the existing object where it patches one. */
export function decode(write: ObjectWrite): MaybePromise<ObjectWrite> {
  const { attributes, existing } = write
  return andThen(write.decode(existing), (object) => {
    // A create may be at the path of the collection: the name is the object's own then.
    const name = attributes.name || (object.metadata?.name ?? '')
    const named = name === attributes.name ? attributes : { ...attributes, name }
    return { ...write, object, attributes: named }
  })
}
