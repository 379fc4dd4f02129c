#!/usr/bin/env python3
"""Prints boards and pods as they change, and events as they happen.

    pip install paho-mqtt        # or: apt install python3-paho-mqtt
    python3 examples/mqtt/fleet.py --host 127.0.0.1 --cafile .bramble/ca.crt --user admin --token "$(cat .bramble/admin-token)"
"""
import json
import threading

from bramble_mqtt import arguments, connect

options = arguments(__doc__)
client = connect(options)


def on_message(_client, _userdata, message):
    area = message.topic.split("/")[2:]
    if area[0] == "nodes":
        metrics = json.loads(message.payload)
        used = metrics["memoryUsedBytes"] / metrics["memoryTotalBytes"]
        print(f"{area[1]}: {metrics['cpuShare']:.0%} CPU, {used:.0%} memory, {metrics['temperatureCelsius']} °C", flush=True)
        return
    if not message.payload:
        print(f"{'/'.join(area[1:])} is gone", flush=True)
        return
    fact = json.loads(message.payload)
    if area[1] == "nodes":
        print(f"board {fact['node']} is {'ready' if fact['ready'] else 'not ready'} since {fact['since']}", flush=True)
    elif area[1] == "pods":
        print(f"pod {fact['namespace']}/{fact['name']} is {fact['status']} on {fact['node'] or 'no board yet'}", flush=True)
    else:
        print(f"{fact['reason']}: {fact['message']}", flush=True)


def ask():
    """Boards say how they are every five minutes, and often for five minutes after somebody asked."""
    client.publish(f"bramble/v1/get/{options.user}/fleet-py", "/apis/metrics.k8s.io/v1beta1/nodes?limit=1", qos=1)
    again = threading.Timer(120, ask)
    again.daemon = True
    again.start()


client.on_message = on_message
client.subscribe([("bramble/v1/fleet/#", 1), ("bramble/v1/nodes/+/metrics", 0)])
ask()
client.loop_forever()
