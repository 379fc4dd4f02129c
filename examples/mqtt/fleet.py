#!/usr/bin/env python3
"""Prints boards and pods as they change, and events as they happen.

    pip install paho-mqtt        # or: apt install python3-paho-mqtt
    python3 examples/mqtt/fleet.py --host 127.0.0.1 --cafile .bramble/ca.crt --user admin --token "$(cat .bramble/admin-token)"
"""
import json

from bramble_mqtt import arguments, connect

client = connect(arguments(__doc__))


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


client.on_message = on_message
client.subscribe([("bramble/v1/fleet/#", 1), ("bramble/v1/nodes/+/metrics", 0)])
client.loop_forever()
