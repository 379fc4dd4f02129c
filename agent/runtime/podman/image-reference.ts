/**
 * Completes an image's name the way Docker and so Kubernetes do: `nginx` is `docker.io/library/nginx:latest`. podman by
 * itself would ask which registry is meant.
 */
export function completeImageReference(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const withRegistry = hasRegistry ? image : `docker.io/${slash < 0 ? `library/${image}` : image}`;
  const lastPart = withRegistry.slice(withRegistry.lastIndexOf('/') + 1);
  return /[:@]/.test(lastPart) ? withRegistry : `${withRegistry}:latest`;
}

/** For use in a path of the REST API, which takes slashes as they are. */
export function imagePath(image: string): string {
  return completeImageReference(image).split('/').map(encodeURIComponent).join('/');
}
