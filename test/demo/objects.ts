/** What the demonstration applies, as its user would write it. */

export const replicas = 6;
/** A quarter of six pods, rounded down, may be missing during a rollout: Kubernetes' default. */
export const leastAvailable = 5;
export const [firstGreeting, secondGreeting] = ['Hello', 'Welcome'] as const;

/** The image's page says the greeting and the pod's name. The hook gives all boards a second to hear that a pod is about to go. */
export function deploymentYaml(greeting: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: ${replicas}
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: web
          image: localhost/bramble/hello:1
          env:
            - { name: GREETING, value: ${greeting} }
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { port: http }
            periodSeconds: 1
          lifecycle:
            preStop:
              sleep: { seconds: 1 }
`;
}

export const serviceYaml = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: NodePort
  selector: { app: web }
  ports:
    - { name: http, port: 80, targetPort: http }
`;
