"""What the examples share: a connection to Bramble's broker with paho-mqtt 1.x or 2.x."""
import argparse

import paho.mqtt.client as mqtt


def arguments(about, *files):
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8883)
    parser.add_argument("--cafile", required=True, help="the fleet's authority, such as .bramble/ca.crt")
    parser.add_argument("--user", required=True)
    parser.add_argument("--token", required=True)
    for file in files:
        parser.add_argument(file)
    return parser.parse_args()


def connect(options):
    # paho-mqtt 2 asks which form its callbacks have.
    version = getattr(mqtt, "CallbackAPIVersion", None)
    client = mqtt.Client(version.VERSION2) if version else mqtt.Client()
    client.tls_set(ca_certs=options.cafile)
    client.username_pw_set(options.user, options.token)
    client.connect(options.host, options.port, keepalive=30)
    return client
